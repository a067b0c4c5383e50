"""Sends what is in the outbox: each mail once, again later when no server takes it."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from datetime import timedelta
from email.message import EmailMessage

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from app.config import Config
from app.database.clock import from_now, now_precise
from app.jobs import failed
from app.jobs.names import SEND_MAIL
from app.jobs.once import once
from app.mail.message import compose
from app.mail.models import Mail
from app.mail.outbox import job_key
from app.mail.sender import MailError, send_now

# When the attempts are due, minutes after the mail was written: half a day in all, so that a mail
# server may have its maintenance. The first comes by a job of its own, at once.
DUE_MINUTES = (1, 2, 5, 15, 60, 240, 720)
# At a time: a sweep must end before its limit, however slowly the mail server answers.
SWEEP_MAILS = 200
SWEEP_SECONDS = 30.0
log = logging.getLogger(__name__)


def deliver(session: Session, config: Config, mail_id: int) -> bool:
    """Send one mail; False when it is still to be sent, or given up.

    Nothing happens when it is sent already, or another worker is at it. Its row is locked until
    the server has answered, and the text goes with the commit that notes the sending. A worker
    that dies between the two is the one case in which a mail is sent twice, with one Message-ID.
    """
    if config.mail_url is None:
        return False
    waiting = select(Mail).where(Mail.id == mail_id, Mail.sent_at.is_(None))
    mail = session.scalar(waiting.with_for_update(skip_locked=True))
    if mail is None:
        session.rollback()
        return True
    try:
        send_now(config, _message(config, mail))
    except MailError as error:
        _note_failure(session, mail, error)
        session.commit()
        return False
    mail.body, mail.sent_at, mail.attempts = "", now_precise(), mail.attempts + 1
    once(session, job_key(mail.id))
    failed.forget(session, job_key(mail.id))
    session.commit()
    log.info("Sent mail %s.", mail_id)
    return True


def deliver_due(session: Session, config: Config) -> None:
    """Try all mails again whose time has come, oldest first, for SWEEP_SECONDS at most."""
    if config.mail_url is None:
        return
    ends = time.monotonic() + SWEEP_SECONDS
    for mail_id in _due(session):
        if time.monotonic() > ends:
            return
        deliver(session, config, mail_id)


def _due(session: Session) -> Sequence[int]:
    tries = [
        and_(
            Mail.attempts == attempts,
            Mail.created_at <= from_now(-timedelta(minutes=minutes).total_seconds()),
        )
        for attempts, minutes in enumerate(DUE_MINUTES)
    ]
    waiting = select(Mail.id).where(Mail.sent_at.is_(None), or_(*tries)).order_by(Mail.id)
    found = session.scalars(waiting.limit(SWEEP_MAILS)).all()
    session.rollback()
    return found


def _message(config: Config, mail: Mail) -> EmailMessage:
    given = {"recipient": mail.recipient, "subject": mail.subject, "body": mail.body}
    try:
        return compose(config, key=mail.key, **given)
    except ValueError:
        # What the library says of an address holds the address.
        raise MailError("its address or subject cannot be one", permanent=True) from None


def _note_failure(session: Session, mail: Mail, error: MailError) -> None:
    """Count the attempt; after the last, or a refusal, it is for an administrator to try again."""
    last = len(DUE_MINUTES)
    mail.attempts = max(last, mail.attempts + 1) if error.permanent else mail.attempts + 1
    log.warning("Mail %s is not sent, attempt %s: %s.", mail.id, mail.attempts, error)
    if mail.attempts >= last:
        failed.record(
            session,
            job_id=job_key(mail.id),
            task=SEND_MAIL,
            arguments=[mail.id],
            error=f"MailError: {error}",
            attempts=mail.attempts,
        )
