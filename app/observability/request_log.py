"""Logs: one line for each request, as JSON or text, with the request's id."""

from __future__ import annotations

import logging
import logging.config
import re
import sys
import time
from typing import Any
from uuid import uuid4

from flask import Flask, Response, g, has_request_context, request
from pythonjsonlogger.json import JsonFormatter

from app.config import Config

# What a client may choose as an id: enough to find it again, nothing that could forge a log line.
WELL_FORMED_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
# The form of AWS's trace header: Root=1-<8 hex>-<24 hex>, perhaps with further fields.
TRACE_ID = re.compile(r"(?:^|;)Root=(1-[0-9a-f]{8}-[0-9a-f]{24})(?:;|$)")
TEXT_FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
log = logging.getLogger("app.request")


class RequestContext(logging.Filter):
    """Adds the ids of the request at hand to every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep every record, with `request_id` and `trace_id` where there is a request."""
        if has_request_context():
            record.request_id = g.get("request_id")
            if trace_id := g.get("trace_id"):
                record.trace_id = trace_id
        return True


class NotExpected(logging.Filter):
    """Leaves out the server's advice on threads: they wait for the database, not for a core."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep every record but that one."""
        return (
            "which seems quite high compared to the number of CPU cores" not in record.getMessage()
        )


class JsonLines(JsonFormatter):
    """A record as one line of JSON: time (UTC, ISO 8601), level, logger, message and extras."""

    def __init__(self, environment: str, release: str) -> None:
        super().__init__(
            "%(levelname)s %(name)s %(message)s",
            rename_fields={"levelname": "level", "name": "logger", "exc_info": "exception"},
            static_fields={"environment": environment} | ({"release": release} if release else {}),
            timestamp="time",
        )


def logging_settings(config: Config) -> dict[str, Any]:
    """The settings of the logging module, shared by the application and its server."""
    formatters: dict[str, dict[str, Any]] = {
        "json": {"()": JsonLines, "environment": config.app_env, "release": config.release},
        "text": {"format": TEXT_FORMAT},
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request": {"()": RequestContext}, "expected": {"()": NotExpected}},
        "formatters": formatters,
        "handlers": {
            "stdout": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stdout",
                "formatter": config.log_format,
                "filters": ["request"],
            }
        },
        "root": {"level": config.log_level.upper(), "handlers": ["stdout"]},
        "loggers": {
            # The server's own lines go the same way.
            "_granian": {"level": config.log_level.upper(), "filters": ["expected"]},
            # The release step names each migration itself.
            "alembic": {"level": "WARNING"},
            # Where it found its login is of no interest to anybody.
            "botocore": {"level": "WARNING"},
        },
    }


def configure_logging(config: Config) -> None:
    """Send all logs, warnings and uncaught errors included, to stdout in the chosen form."""
    logging.config.dictConfig(logging_settings(config))
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
    healthy = request.blueprint == "health" and response.status_code == 200
    # The path without its query, and no address: nothing that tells who asked.
    log.log(
        logging.DEBUG if healthy else logging.INFO,
        "%s %s %s",
        request.method,
        request.path,
        response.status_code,
        extra={
            "method": request.method,
            "path": request.path,
            "route": str(request.url_rule) if request.url_rule else None,
            "status": response.status_code,
            "duration_ms": round((time.perf_counter() - g.started) * 1000, 1),
        },
    )
    return response


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: Any) -> None:
    logging.getLogger("app").critical("The process failed.", exc_info=(kind, error, trace))
