"""The schedule: puts jobs into the queue when they are due."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from celery.apps.beat import Beat  # type: ignore[import-untyped]
from celery.beat import Scheduler  # type: ignore[import-untyped]

from app import create_app
from app.config import Config
from app.jobs.broker import make_celery
from app.jobs.liveness import TOUCH_SECONDS, alive_file


class LivingScheduler(Scheduler):  # type: ignore[misc]
    """Celery's scheduler that remembers nothing, with a sign of life at each look at the clock."""

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.alive: Path = self.app.conf.alive_file

    def tick(self, *given: Any, **options: Any) -> float:
        """Send what is due; the seconds until something else is, at most TOUCH_SECONDS."""
        self.alive.touch()
        return float(min(super().tick(*given, **options), TOUCH_SECONDS))


def keep_schedule(config: Config) -> None:
    """Send jobs when they are due, until SIGTERM ends the process with SystemExit.

    A second one beside it does no harm: every job of the schedule may be done twice.
    """
    celery = make_celery(create_app(config, process="schedule"), config)
    alive = alive_file(config.alive_folder, "schedule")
    celery.conf.update(alive_file=alive)
    try:
        Beat(app=celery, scheduler=LivingScheduler, quiet=True).run()
    finally:
        alive.unlink(missing_ok=True)
