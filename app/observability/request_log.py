"""Logs: where they go, and one line for each request with the request's id."""

from __future__ import annotations

import logging
import logging.config
import re
import sys
import time
from typing import Any
from uuid import uuid4

from flask import Flask, Response, g, request

from app.config import Config
from app.observability.log_context import TRACE_ID, Context
from app.observability.log_lines import JsonLines, TextLines
from app.problems import ConfigError, Problem

# What a client may choose as an id: enough to find it again, nothing that could forge a log line.
WELL_FORMED_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
HANDLER = "lines"
UDP = "udp://"
log = logging.getLogger("app.request")


def logging_settings(config: Config) -> dict[str, Any]:
    """The settings of the logging module, shared by the application and its server."""
    formatters: dict[str, dict[str, Any]] = {
        "json": {"()": JsonLines, "environment": config.app_env, "release": config.release},
        "text": {"()": TextLines},
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"context": {"()": Context}},
        "formatters": formatters,
        "handlers": {
            HANDLER: _destination(config.syslog_address)
            | {"formatter": config.log_format, "filters": ["context"]}
        },
        "root": {"level": config.log_level.upper(), "handlers": [HANDLER]},
        "loggers": {
            # The server's own lines go the same way.
            "_granian": {"level": config.log_level.upper()},
            # The release step names each migration itself.
            "alembic": {"level": "WARNING"},
            # Where it found its login is of no interest to anybody.
            "botocore": {"level": "WARNING"},
        },
    }


def _destination(syslog: str | None) -> dict[str, Any]:
    if syslog is None:
        return {"class": "logging.StreamHandler", "stream": "ext://sys.stdout"}
    address: str | tuple[str, int] = syslog
    if syslog.startswith(UDP):
        host, _, port = syslog.removeprefix(UDP).rpartition(":")
        address = (host, int(port))
    return {"class": "logging.handlers.SysLogHandler", "address": address}


def configure_logging(config: Config) -> None:
    """Send all logs, warnings and uncaught errors included, where the settings say.

    ConfigError when SYSLOG_ADDRESS names a host that cannot be found.
    """
    try:
        logging.config.dictConfig(logging_settings(config))
    except ValueError as error:
        if config.syslog_address is None:
            raise
        reason = error.__cause__ or error
        given = f"{config.syslog_address!r} ({reason})"
        allowed, write = "a host that can be found or a socket", "SYSLOG_ADDRESS=/dev/log"
        raise ConfigError([Problem("SYSLOG_ADDRESS", given, allowed, write)]) from None
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_uncaught


def init_app(app: Flask, _config: Config) -> None:
    """Give each request an id and log its end."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    g.started = time.perf_counter()
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if WELL_FORMED_ID.fullmatch(given) else uuid4().hex
    trace = TRACE_ID.search(request.headers.get("X-Amzn-Trace-Id", ""))
    g.trace_id = trace.group(1) if trace else None


def _end(response: Response) -> Response:
    response.headers["X-Request-ID"] = g.request_id
    # Health checks come every few seconds from each balancer node: only of interest when wrong.
    healthy = request.blueprint in {"health", "metrics"} and response.status_code == 200
    path = _path()
    log.log(
        logging.DEBUG if healthy else logging.INFO,
        "%s %s %s",
        request.method,
        path,
        response.status_code,
        extra={
            "method": request.method,
            "path": path,
            "route": str(request.url_rule) if request.url_rule else None,
            "status": response.status_code,
            "duration_ms": round((time.perf_counter() - g.started) * 1000, 1),
        },
    )
    return response


def _path() -> str:
    """The path without its query, and without words in it: one may be the key to an account."""
    rule, given = request.url_rule, request.view_args or {}
    if rule is not None and any(isinstance(value, str) for value in given.values()):
        return rule.rule
    return request.path


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: Any) -> None:
    logging.getLogger("app").critical("The process failed.", exc_info=(kind, error, trace))
