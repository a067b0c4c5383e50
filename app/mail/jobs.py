"""Jobs of the mails, done by the worker."""

from __future__ import annotations

from celery import shared_task  # type: ignore[import-untyped]
from celery.exceptions import Ignore  # type: ignore[import-untyped]
from flask import current_app

from app.database import db
from app.jobs import names
from app.mail import delivery


@shared_task(name=names.SEND_MAIL)  # type: ignore[untyped-decorator]
def send(mail_id: int) -> None:
    """Send one mail of the outbox; does nothing when it is sent already."""
    if not delivery.deliver(db.session, current_app.config["CONFIG"], mail_id):
        # The outbox has noted it, and decides when to try again: not a success, nor a failed job.
        raise Ignore


@shared_task(name=names.SEND_WAITING_MAILS)  # type: ignore[untyped-decorator]
def send_waiting() -> None:
    """Send the mails whose own job got lost or found no mail server."""
    delivery.deliver_due(db.session, current_app.config["CONFIG"])
