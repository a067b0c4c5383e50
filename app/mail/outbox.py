"""Mails that are to be sent: written in the transaction of what they tell, sent by the worker."""

from __future__ import annotations

from functools import partial
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from app.database.once import insert_once
from app.jobs.names import SEND_MAIL
from app.jobs.queue import enqueue
from app.mail.models import Mail


def write(session: Session, *, key: str, recipient: str, subject: str, body: str) -> bool:
    """Put a mail into the outbox; False, and nothing written, when there is one with this key.

    The caller commits, and the worker hears of it then; it sends the mail once. `subject` is one
    line of at most 200 characters, `body` plain text. ValueError for an address or a subject with
    a line break: it could add headers of its own.
    """
    if any(mark in text for text in (recipient, subject) for mark in "\r\n\0"):
        raise ValueError("an address and a subject are one line")
    values = {"key": key, "recipient": recipient, "subject": subject, "body": body}
    if not insert_once(session, Mail, values, conflict=["key"]):
        return False
    number = session.scalars(select(Mail.id).where(Mail.key == key)).one()
    event.listen(session, "after_commit", partial(_tell, number), once=True)
    return True


def job_key(mail_id: int) -> str:
    """The id of the job that sends the mail, wherever it is sent from."""
    return f"mail:{mail_id}"


def _tell(mail_id: int, _session: Any) -> None:
    enqueue(SEND_MAIL, mail_id, key=job_key(mail_id))
