"""Mails about accounts: put into the outbox, for the caller to commit."""

from __future__ import annotations

import secrets

from flask import current_app, url_for
from sqlalchemy.orm import Session

from app.accounts import links
from app.accounts.links import Registration
from app.accounts.models import User
from app.mail.outbox import write

INVITATION = """\
Hello {name},

somebody, hopefully you, wants an account on {site} with this address.
Open this page within 24 hours to choose a password:

{link}

If it was not you, do nothing: there is no account yet.
"""
KNOWN = """\
Hello,

somebody, hopefully you, wants an account on {site} with this address.
You have one already. Sign in here:

{sign_in}

If you no longer know your password, choose a new one:

{forgotten}
"""
RESET = """\
Hello,

somebody, hopefully you, wants a new password for your account on {site}.
Open this page within an hour to choose one:

{link}

If it was not you, do nothing: your password stays as it is.
"""
CHANGED = """\
Hello,

the password of your account has been changed, and all its other sessions were ended.

If it was not you, choose a new password at once, by "Forgotten password" on the page where you
sign in.
"""


def are_sent() -> bool:
    """Whether this site sends mail at all."""
    return current_app.config["CONFIG"].mail_url is not None


def invite(session: Session, site: str, registration: Registration) -> None:
    """Send the link that finishes a registration."""
    link = links.registration_link(site, registration)
    body = INVITATION.format(name=registration.name, site=site, link=link)
    _write(session, registration.email, "Finish your registration", body)


def tell_of_account(session: Session, site: str, email: str) -> None:
    """Tell the owner of an account that somebody tried to register with its address."""
    pages = {page: site + url_for(f"accounts.{page}") for page in ("sign_in", "forgotten")}
    body = KNOWN.format(site=site, **pages)
    _write(session, email, "You have an account already", body)


def send_reset(session: Session, site: str, user: User) -> None:
    """Send the link by which the account gets a new password."""
    body = RESET.format(site=site, link=links.reset_link(site, user))
    _write(session, user.email, "Choose a new password", body)


def tell_of_change(session: Session, user: User) -> None:
    """Tell the account's owner that its password was changed, if mail is sent at all; commits."""
    if are_sent():
        _write(session, user.email, "Your password was changed", CHANGED)
        session.commit()


def _write(session: Session, recipient: str, subject: str, body: str) -> None:
    # Each request is a mail of its own, so no two have the same key.
    key = f"account:{secrets.token_hex(16)}"
    write(session, key=key, recipient=recipient, subject=subject, body=body)
