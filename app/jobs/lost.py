"""Jobs whose process died: the worker that started it notes them, as they could not themselves."""

from __future__ import annotations

from typing import Any

from billiard.exceptions import (  # type: ignore[import-untyped]
    TimeLimitExceeded,
    WorkerLostError,
)
from celery.signals import task_failure, worker_process_init  # type: ignore[import-untyped]
from flask import Flask

from app.database import db
from app.jobs.job import ATTEMPTS, note


def watch(app: Flask) -> None:
    """Note lost jobs of this worker in the table of failed jobs."""

    def on_failure(
        sender: Any, task_id: str, exception: Exception, args: Any = (), **_given: Any
    ) -> None:
        if not isinstance(exception, TimeLimitExceeded | WorkerLostError):
            return
        with app.app_context():
            note(sender.name, task_id, args, exception, ATTEMPTS)

    def on_birth(**_given: Any) -> None:
        # The parent's connections, if it has any by now, are not for its children.
        with app.app_context():
            db.engine.dispose(close=False)

    task_failure.connect(on_failure, weak=False, dispatch_uid="app.jobs.lost")
    worker_process_init.connect(on_birth, weak=False, dispatch_uid="app.jobs.lost")
