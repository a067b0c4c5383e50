"""The application's worker with jobs made for tests: each does something that jobs should not."""

from __future__ import annotations

import os
import signal
import sys
import time

from celery import shared_task  # type: ignore[import-untyped]
from celery.exceptions import SoftTimeLimitExceeded  # type: ignore[import-untyped]
from sqlalchemy import text

from app.config import load_config
from app.database import db
from app.jobs import broker, job, worker
from app.jobs.once import once
from app.observability.request_log import configure_logging

# The tables, which the test makes: what began, and what was done.
TABLES = (
    "CREATE TABLE begun (number int, at timestamptz DEFAULT now()); CREATE TABLE done (number int)"
)
COUNT, FAIL, STUMBLE, DIE, HANG, IGNORE = (
    f"trial.{name}" for name in ("count", "fail", "stumble", "die", "hang", "ignore")
)


def begin(number: int) -> int:
    """Note the beginning whatever becomes of the job; how often it began by now."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("INSERT INTO begun (number) VALUES (:n)"), {"n": number})
        found = text("SELECT count(*) FROM begun WHERE number = :n")
        return int(connection.scalar(found, {"n": number}) or 0)


@shared_task(name=COUNT)  # type: ignore[untyped-decorator]
def count(number: int, seconds: float = 0.1) -> None:
    """Have an effect, once, and take some time before it is saved."""
    begin(number)
    if once(db.session, f"count:{number}"):
        db.session.execute(text("INSERT INTO done (number) VALUES (:n)"), {"n": number})
        time.sleep(seconds)
    db.session.commit()


@shared_task(name=FAIL)  # type: ignore[untyped-decorator]
def fail(number: int) -> None:
    begin(number)
    raise ValueError(f"number {number} is wrong")


@shared_task(name=STUMBLE)  # type: ignore[untyped-decorator]
def stumble(number: int, times: int) -> None:
    """Fail so often for a reason that passes."""
    if begin(number) <= times:
        raise ConnectionError("the other side is away")


@shared_task(name=DIE)  # type: ignore[untyped-decorator]
def die(number: int, times: int) -> None:
    """End the process so often, as a lack of memory does."""
    if begin(number) <= times:
        os.kill(os.getpid(), signal.SIGKILL)


@shared_task(name=HANG)  # type: ignore[untyped-decorator]
def hang(number: int) -> None:
    """Take too long."""
    begin(number)
    time.sleep(60)


@shared_task(name=IGNORE)  # type: ignore[untyped-decorator]
def ignore(number: int) -> None:
    """Take too long, and do not let anybody interrupt it."""
    begin(number)
    while True:
        try:
            time.sleep(60)
        except SoftTimeLimitExceeded:
            continue


if __name__ == "__main__":
    # Shorter than anybody would have them, so that tests are short.
    job.FIRST_PAUSE_SECONDS = 1
    job.LONGEST_PAUSE_SECONDS = 1
    broker.GRACE_SECONDS = 1
    broker.VISIBILITY_MARGIN_SECONDS = int(os.environ.get("TRIAL_MARGIN_SECONDS", "60"))
    config = load_config("worker")
    configure_logging(config)
    sys.exit(worker.work(config))
