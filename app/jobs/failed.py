"""Jobs that were given up: kept in the database whatever the broker does, until they succeed."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from typing import Any, cast

from flask import Flask, current_app
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.database import db
from app.jobs.models import ERROR_LENGTH, FailedJob
from app.jobs.queue import BrokerError, send

log = logging.getLogger(__name__)


def record(
    session: Session,
    *,
    job_id: str,
    task: str,
    arguments: Sequence[Any],
    error: str,
    attempts: int,
) -> None:
    """Note that a job is given up; once for each `job_id`. The caller commits."""
    row = session.scalar(select(FailedJob).where(FailedJob.job_id == job_id).with_for_update())
    if row is None:
        row = FailedJob(job_id=job_id, task=task, arguments=json.dumps(list(arguments)))
        session.add(row)
    row.error, row.attempts = error[:ERROR_LENGTH], attempts
    row.failed_at, row.retried_at = func.now(), None


def retry(failed_id: int) -> bool:
    """Give a failed job to the worker again; False when there is none, or no broker takes it.

    The row goes when the job succeeds. To be called within an application context; commits.
    """
    row = db.session.get(FailedJob, failed_id)
    if row is None:
        return False
    app = cast("Flask", current_app._get_current_object())  # type: ignore[attr-defined]
    try:
        send(app, row.task, json.loads(row.arguments), key=row.job_id)
    except BrokerError as error:
        log.warning("Failed job %s is not sent again: %s.", failed_id, error)
        return False
    row.retried_at = func.now()
    db.session.commit()
    return True


def forget(session: Session, job_id: str) -> None:
    """Remove what is known of a failed job, if anything. The caller commits."""
    session.execute(delete(FailedJob).where(FailedJob.job_id == job_id))
