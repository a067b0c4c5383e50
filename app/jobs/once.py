"""Does nothing twice: what a job has done is noted in the transaction in which it does it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.database.once import insert_once
from app.jobs.models import JobDone


def once(session: Session, key: str) -> bool:
    """Note that the work called `key` (at most 160 characters) is done; False when it was before.

    The note is saved with the caller's own changes, by one commit, or not at all. Who asks at the
    same time waits for that commit.
    """
    return insert_once(session, JobDone, {"key": key}, conflict=["key"])
