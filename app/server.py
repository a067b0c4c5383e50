"""The web server: granian, one worker process with a thread for each request at a time."""

from __future__ import annotations

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from app.config import Config
from app.observability.request_log import logging_settings

# Kept back of the stop timeout for the server's own end, after the last request is answered.
STOP_RESERVE_SECONDS = 5


class ServerError(Exception):
    """The server cannot begin; the message says what to do."""


def serve(config: Config) -> None:
    """Serve until SIGTERM or SIGINT, then answer what is in flight and return.

    ServerError when the port cannot be had, SystemExit(1) when the worker ended by itself.
    """
    server = Granian(
        "app.wsgi:application",
        address=config.host,
        port=config.port,
        interface=Interfaces.WSGI,
        # The balancer speaks HTTP/1.1 to its targets.
        http=HTTPModes.http1,
        websockets=False,
        workers=1,
        blocking_threads=config.threads,
        # granian closes an idle connection after the time it allows for reading headers: 30 s by
        # default and 60 s at most on its command line, both too short behind the balancer.
        http1_settings=HTTP1Settings(header_read_timeout=config.keep_alive * 1000),
        workers_kill_timeout=max(1, config.stop_timeout - STOP_RESERVE_SECONDS),
        log_level=LogLevels(config.log_level),
        log_dictconfig=logging_settings(config),
    )
    try:
        server.serve()
    except RuntimeError as error:
        # granian's own kind for what the system refused, such as a port in use.
        if "os error" not in str(error):
            raise
        raise ServerError(
            f"The server cannot listen on port {config.port}: {error}.\n"
            "Stop the process that uses the port, or set PORT to another one."
        ) from None
