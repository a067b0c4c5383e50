"""Jobs of the polls, done by the worker."""

from __future__ import annotations

import logging

from celery import shared_task  # type: ignore[import-untyped]

from app.database import db
from app.polls import ballot

CLOSE_DUE = "polls.close_due"
log = logging.getLogger(__name__)


@shared_task(name=CLOSE_DUE)  # type: ignore[untyped-decorator]
def close_due() -> None:
    """Close all polls whose time has come; does nothing when it is done a second time."""
    for poll_id, votes in ballot.close_due(db.session):
        log.info("Closed poll %s; votes: %s.", poll_id, votes)
