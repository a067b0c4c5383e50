"""Jobs of the polls, done by the worker."""

from __future__ import annotations

import logging
from functools import partial

from celery import shared_task  # type: ignore[import-untyped]

from app.database import db
from app.jobs import names
from app.polls import ballot, result_mail

log = logging.getLogger(__name__)


@shared_task(name=names.CLOSE_POLLS)  # type: ignore[untyped-decorator]
def close_due() -> None:
    """Close all polls whose time has come; does nothing when it is done a second time."""
    tell_author = partial(result_mail.tell_author, db.session)
    for poll_id, votes in ballot.close_due(db.session, tell_author):
        log.info("Closed poll %s; votes: %s.", poll_id, votes)
