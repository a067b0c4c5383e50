"""What all jobs have in common: application at hand, second tries, and a record when all failed."""

from __future__ import annotations

import logging
import math
import random
from typing import Any, NoReturn

from celery import Task  # type: ignore[import-untyped]
from celery.exceptions import (  # type: ignore[import-untyped]
    Ignore,
    Reject,
    Retry,
    SoftTimeLimitExceeded,
)
from flask import Flask, g
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.addresses import SQS
from app.database import db
from app.jobs import failed
from app.jobs.queue import QUEUE

# 2, 4, 8, 16 and 30 s, each up to a half less: jobs that failed together come back apart. What is
# away for longer than this minute is for the sweeps, or for an administrator.
ATTEMPTS = 6
FIRST_PAUSE_SECONDS = 2
LONGEST_PAUSE_SECONDS = 30
FOR_EVER = 1_000_000
# What may pass by itself: a lost connection, a full pool, a slow disk, another host away.
TRANSIENT = (
    OperationalError,
    InterfaceError,
    InternalError,
    PoolTimeout,
    OSError,
    SoftTimeLimitExceeded,
)
log = logging.getLogger(__name__)


def job_class(app: Flask) -> type[Any]:
    """The class of all jobs of this application."""

    class Job(Task):  # type: ignore[misc]
        # A job whose process died (out of memory, say) is tried as often as one that failed.
        retry_on_worker_lost = True
        max_retries = ATTEMPTS - 1
        default_retry_delay = FIRST_PAUSE_SECONDS

        def __call__(self, *arguments: Any, **named: Any) -> Any:
            with app.app_context():
                g.job_id, g.job_name = self.request.id, self.name
                g.request_id = self.request.get("request_id")
                try:
                    result = self.run(*arguments, **named)
                    _forget_failures(self)
                except (Ignore, Reject, Retry):
                    raise
                except Exception as error:
                    # Whatever state the connection is in, nobody shall use it again.
                    db.session.invalidate()
                    _again_or_never(self, error)
                return result

    return Job


def pause_seconds(attempt: int) -> int:
    """How long to wait after this attempt (the first is 1) failed; brokers know whole seconds."""
    longest = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (attempt - 1))
    return math.ceil(random.uniform(longest / 2, longest))  # noqa: S311 - nothing depends on its secrecy


def is_transient(error: Exception) -> bool:
    """Whether the same job may succeed when it is done again soon."""
    # An error of AWS has neither a base class of the standard library nor one of ours.
    return isinstance(error, TRANSIENT) or type(error).__module__.startswith("botocore.")


def _again_or_never(job: Any, error: Exception) -> NoReturn:
    """Send the job once more for later, or note that it is given up and raise `error`."""
    attempt = job.request.retries + 1
    if attempt < ATTEMPTS and is_transient(error):
        log.warning("Job %s fails at attempt %s: %s.", job.name, attempt, type(error).__name__)
        _again(job, error, pause_seconds(attempt))
    if not note(job.name, job.request.id, job.request.args, error, attempt):
        # Without a record nobody would ever hear of it.
        _again(job, error, LONGEST_PAUSE_SECONDS)
    raise error


def _again(job: Any, error: Exception, seconds: int) -> NoReturn:
    options: dict[str, Any] = {"countdown": seconds}
    if job.app.conf.broker_url == SQS:
        # SQS itself keeps it: in the worker's memory it would count as taken meanwhile.
        options = {"countdown": 0, "delay_seconds": seconds}
    raise job.retry(exc=error, max_retries=FOR_EVER, queue=QUEUE, **options)


def note(task: str, job_id: str, arguments: Any, error: Any, attempts: int) -> bool:
    """Save that a job is given up; False when the database is away too."""
    try:
        failed.record(
            db.session,
            job_id=job_id,
            task=task,
            arguments=arguments or (),
            error=described(error),
            attempts=attempts,
        )
        db.session.commit()
    except SQLAlchemyError as fault:
        log.error("Job %s is given up, and cannot be noted: %s.", job_id, type(fault).__name__)
        return False
    return True


def described(error: Any) -> str:
    """An error in one line; a database's without the rows that it was about."""
    reason = getattr(error, "orig", None) or error
    text = " ".join(str(reason).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _forget_failures(job: Any) -> None:
    """A job that was given up, and came back from the queue or an administrator, is done now."""
    failed.forget(db.session, job.request.id)
    db.session.commit()
