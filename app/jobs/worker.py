"""The worker: takes jobs from the queue and does them, THREADS at once, a process each."""

from __future__ import annotations

import logging
import os
import signal
import warnings
from contextlib import suppress
from pathlib import Path
from threading import Timer
from typing import Any

from billiard import active_children  # type: ignore[import-untyped]
from celery import bootsteps  # type: ignore[import-untyped]
from celery.apps.worker import Worker  # type: ignore[import-untyped]
from celery.platforms import SecurityWarning  # type: ignore[import-untyped]
from celery.signals import worker_shutting_down  # type: ignore[import-untyped]

from app import create_app
from app.config import Config
from app.jobs import lost
from app.jobs.broker import declare_dead_letters, make_celery
from app.jobs.liveness import TOUCH_SECONDS, alive_file
from app.jobs.queue import QUEUE
from app.jobs.visibility import warn_if_short

# Kept back of the stop timeout: to end jobs that are not done by then, and to give them back.
STOP_RESERVE_SECONDS = 5
log = logging.getLogger(__name__)


def work(config: Config) -> int:
    """Do jobs until SIGTERM, then finish those under way and return; the exit code.

    Jobs that are not finished shortly before the stop timeout are ended and go back to the queue.
    """
    # The image's user is not root; who runs it as root by hand is told nothing new by nine lines.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    app = create_app(config, process="worker")
    celery = make_celery(app, config)
    lost.watch(app)
    declare_dead_letters(celery)
    warn_if_short(celery, config)
    celery.steps["worker"].add(SignOfLife)
    limit = _StopLimit(max(1, config.stop_timeout - STOP_RESERVE_SECONDS))
    worker_shutting_down.connect(limit.begin)
    worker = Worker(
        app=celery,
        queues=[QUEUE],
        quiet=True,
        redirect_stdouts=False,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        alive=alive_file(config.alive_folder, "worker"),
    )
    worker.start()
    limit.end()
    return int(worker.exitcode or 0)


class SignOfLife(bootsteps.StartStopStep):  # type: ignore[misc]
    """Touches the file from the loop that takes jobs: a loop that hangs gives no sign."""

    requires = ("celery.worker.components:Timer",)

    def __init__(self, worker: Any, alive: Path, **options: Any) -> None:
        super().__init__(worker, **options)
        self._file = alive

    def start(self, worker: Any) -> None:
        """Begin to touch."""
        self._file.touch()
        worker.timer.call_repeatedly(TOUCH_SECONDS, self._file.touch)

    def stop(self, _worker: Any) -> None:
        """Leave no sign of a process that is gone."""
        self._file.unlink(missing_ok=True)


class _StopLimit:
    """Ends a wait for jobs by ending the jobs: Celery then gives back what was not done.

    Celery's own stop of this kind (SIGQUIT) waits for ever for a job that began in the moment of
    the first signal.
    """

    def __init__(self, seconds: float) -> None:
        self._timer = Timer(seconds, _kill_jobs)
        self._timer.daemon = True

    def begin(self, how: str = "", **_given: Any) -> None:
        """Start to count when Celery begins to wait; its word for that is a warm shutdown."""
        if how == "Warm" and not self._timer.is_alive():
            self._timer.start()

    def end(self) -> None:
        """Everything is finished in time."""
        self._timer.cancel()


def _kill_jobs() -> None:
    for process in active_children():
        log.warning("A job is not done in time: it is ended and goes back to the queue.")
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
