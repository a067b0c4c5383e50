"""Removes what is known of jobs, mails and limits when nobody can need it any more."""

from __future__ import annotations

import logging
from datetime import timedelta

from celery import shared_task  # type: ignore[import-untyped]
from flask import current_app
from sqlalchemy import Delete, and_, delete, or_

from app.database import db
from app.database.clock import from_now
from app.jobs import names
from app.jobs.models import FailedJob, JobDone
from app.mail.models import Mail
from app.security.models import RateCount

# A job can come back for as long as its queue keeps it: 14 days at most [SQS quotas].
DONE_KEPT = timedelta(days=15)
SENT_KEPT = timedelta(days=30)
# What could not be sent for so long tells nothing new, and its links have expired.
UNSENT_KEPT = timedelta(days=7)
# Where mail is off nothing is to be sent in a heap when it is switched on.
UNSENT_KEPT_WITHOUT_MAIL = timedelta(days=1)
FAILED_KEPT = timedelta(days=90)
log = logging.getLogger(__name__)


@shared_task(name=names.SWEEP_RECORDS)  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Delete old rows of four tables; what others work on meanwhile is theirs."""
    for statement in statements(mail_is_on=current_app.config["CONFIG"].mail_url is not None):
        db.session.execute(statement)
        db.session.commit()


def statements(*, mail_is_on: bool) -> list[Delete]:
    """What deletes the old rows, a table each."""
    unsent = UNSENT_KEPT if mail_is_on else UNSENT_KEPT_WITHOUT_MAIL
    old_mail = or_(
        Mail.sent_at < _ago(SENT_KEPT),
        and_(Mail.sent_at.is_(None), Mail.created_at < _ago(unsent)),
    )
    return [
        delete(JobDone).where(JobDone.done_at < _ago(DONE_KEPT)),
        delete(FailedJob).where(FailedJob.failed_at < _ago(FAILED_KEPT)),
        delete(RateCount).where(RateCount.ends_at < _ago(timedelta())),
        delete(Mail).where(old_mail),
    ]


def _ago(age: timedelta) -> from_now:
    return from_now(-age.total_seconds())
