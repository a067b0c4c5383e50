"""The web server: granian in this one process, with a thread for each request at a time."""

from __future__ import annotations

import atexit
import gc
import logging
import os
import time
from collections.abc import Iterable
from threading import Lock
from typing import TYPE_CHECKING, NoReturn

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.common import AbstractServer
from granian.server.mt import MTServer
from werkzeug.wsgi import ClosingIterator

from app.config import Config
from app.observability.request_log import logging_settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# Kept back of the stop timeout for the process's own end, after the last request is answered.
STOP_RESERVE_SECONDS = 5
# How long a stopping server waits, with no request at work, for connections to close by themselves.
# A client that has sent half a request would keep one open for KEEP_ALIVE seconds.
QUIET_SECONDS = 1.0
# How soon a signal is heeded at the latest; a look costs some microseconds.
LOOK_SECONDS = 0.1
EXIT_CUT_OFF = 1
log = logging.getLogger("app.server")


class ServerError(Exception):
    """The server cannot begin; the message says what to do."""


def serve(config: Config) -> NoReturn:
    """Serve until SIGTERM or SIGINT, then answer what is in flight and end the process.

    ServerError when the port cannot be had, SystemExit(1) when the server ended by itself. A
    request that takes longer than the stop timeout ends the process with exit code 1.
    """
    server = Server(config)
    try:
        server.serve_until_stopped()
    except RuntimeError as error:
        # granian's own kind for what the system refused, such as a port in use.
        if "os error" not in str(error):
            raise
        raise ServerError(
            f"The server cannot listen on port {config.port}: {error}.\n"
            "Stop the process that uses the port, or set PORT to another one."
        ) from None
    # An ordinary exit would wait for the threads of connections left open; and one that ends while
    # Python is taken down would abort it. So say goodbye as that exit would, then go.
    atexit._run_exitfuncs()
    os._exit(EXIT_CUT_OFF if server.requests.at_work else 0)


def load_application(config: Config) -> WSGIApplication:
    """Make the application; a quarter of a core has little to spend on it.

    What a start makes lives as long as the process, so the collector of garbage need not look at
    it: not meanwhile, and not between requests.
    """
    gc.disable()
    from app import create_app

    application = create_app(config)
    gc.freeze()
    gc.enable()
    return application


class RequestsAtWork:
    """A WSGI application that counts the requests which are not answered yet."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application
        self._lock = Lock()
        self.at_work = 0

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        self._count(1)
        try:
            return ClosingIterator(self._application(environ, start), self._answered)
        except BaseException:
            self._answered()
            raise

    def _answered(self) -> None:
        self._count(-1)

    def _count(self, change: int) -> None:
        with self._lock:
            self.at_work += change


class Server(MTServer):
    """granian without a worker process of its own: half the start, half the memory, one to stop.

    granian has this server for Pythons without a global lock, but it needs none of their ways.
    """

    def __init__(self, config: Config) -> None:
        self.requests = RequestsAtWork(load_application(config))
        self._stop_seconds = max(1, config.stop_timeout - STOP_RESERVE_SECONDS)
        super().__init__(
            "app.wsgi:application",
            address=config.host,
            port=config.port,
            interface=Interfaces.WSGI,
            # The balancer speaks HTTP/1.1 to its targets.
            http=HTTPModes.http1,
            websockets=False,
            workers=1,
            blocking_threads=config.threads,
            # granian closes an idle connection after the time it allows for reading headers: 30 s
            # by default and 60 s at most on its command line, too short behind the balancer.
            http1_settings=HTTP1Settings(header_read_timeout=config.keep_alive * 1000),
            log_level=LogLevels(config.log_level),
            log_dictconfig=logging_settings(config),
        )

    def serve_until_stopped(self) -> None:
        """Listen, and return when a signal has stopped it."""
        # Past MTServer's own: it warns of experiments with Python, which this is not.
        AbstractServer.serve(self, target_loader=lambda _: self.requests)

    def _check_gil(self) -> None:
        """Let it run with the lock: see above."""

    def _serve_loop(self, _spawn_target: object, _target: object) -> None:
        # granian waits for an event, without an end to the wait. Under load the kernel now and
        # then gives the signal to a thread of the server, which does not wake this one: it, the
        # only one that Python lets handle a signal, would sleep on until it was killed.
        while not (self.interrupt_signal or self.interrupt_children):
            time.sleep(LOOK_SECONDS)

    def _stop_workers(self) -> None:
        (worker,) = self.wrks
        worker.terminate()  # type: ignore[no-untyped-call]
        quiet = begun = time.monotonic()
        while worker.inner.is_alive():
            now = time.monotonic()
            quiet = now if self.requests.at_work else quiet
            if now - quiet > QUIET_SECONDS or now - begun > self._stop_seconds:
                break
            worker.inner.join(0.05)
        if self.requests.at_work:
            log.warning(
                "Stopped with %d requests unanswered: they took longer than STOP_TIMEOUT allows",
                self.requests.at_work,
            )
        self.wrks.clear()
