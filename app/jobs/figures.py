"""What waits and what failed, in numbers, for those who watch."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from flask import Flask, current_app
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from app.database import db
from app.database.clock import from_now
from app.jobs.models import FailedJob, JobDone
from app.jobs.queue import QUEUE, celery_of
from app.mail.models import Mail

EXTENSION = "jobs.figures"
# Several may ask at once; each answer costs four small queries and a word with the broker.
CACHE_SECONDS = 10.0
HOUR_SECONDS = timedelta(hours=1).total_seconds()
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Figures:
    """Numbers of now; None where broker or database did not say (or there is no broker)."""

    queue_depth: int | None
    waiting_mails: int | None
    failed_jobs: int | None
    done_last_hour: int | None


def figures() -> Figures:
    """The figures, at most CACHE_SECONDS old. Needs an application context; never raises."""
    app = cast("Flask", current_app._get_current_object())  # type: ignore[attr-defined]
    until, known = app.extensions.get(EXTENSION, (0.0, None))
    if known is None or until < time.monotonic():
        known = Figures(_queue_depth(app), *_counts())
        app.extensions[EXTENSION] = (time.monotonic() + CACHE_SECONDS, known)
    return cast("Figures", known)


def _queue_depth(app: Flask) -> int | None:
    """Jobs that no worker has taken yet."""
    if app.config["CONFIG"].broker_url is None:
        return None
    try:
        with celery_of(app).connection_for_write() as connection:
            declared = connection.channel().queue_declare(QUEUE, passive=True)
            return int(declared.message_count)
    except Exception as error:  # each transport has errors of its own
        log.debug("The broker does not tell the length of the queue: %s.", type(error).__name__)
        return None


def _counts() -> tuple[int | None, int | None, int | None]:
    waiting = select(func.count()).select_from(Mail).where(Mail.sent_at.is_(None))
    failed = select(func.count()).select_from(FailedJob)
    done = select(func.count()).where(JobDone.done_at > from_now(-HOUR_SECONDS))
    try:
        row = db.session.execute(
            select(waiting.scalar_subquery(), failed.scalar_subquery(), done.scalar_subquery())
        ).one()
    except SQLAlchemyError:
        db.session.rollback()
        return None, None, None
    return row[0], row[1], row[2]
