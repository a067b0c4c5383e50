"""Links that are mailed: signed, good for a while, and for one use."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from flask import abort, current_app, request, url_for
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy.orm import Session

from app.accounts.models import User

RESET_SECONDS = 3600
REGISTER_SECONDS = 24 * 3600
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Registration:
    """Whom a registration's link was sent to, and the name that was given."""

    email: str
    name: str


def site_address() -> str:
    """What links begin with, such as `https://polls.example.org`.

    Never the Host header of a stranger, who could have a link to a server of their own mailed to
    somebody else: without DOMAIN only this machine's own name is taken, else the answer is 421.
    """
    domain = current_app.config["CONFIG"].domain
    if domain:
        return f"{request.scheme}://{domain}"
    name = request.host.rpartition(":")[0] or request.host
    if name not in LOOPBACK and request.host not in LOOPBACK:
        log.error("No link can be made: DOMAIN is not set, and a visitor may not choose the name.")
        abort(421)
    return request.host_url.rstrip("/")


def reset_link(site: str, user: User) -> str:
    """Where the account gets a new password; any change of its password ends the link."""
    # The token is in the query, which logs leave out.
    token = _signer("reset").dumps([user.id, user.session_epoch])
    return site + url_for("accounts.reset", token=token)


def user_of_reset(session: Session, token: str) -> User | None:
    """The account that the token of a reset link is for, unless the link is used or too old."""
    try:
        user_id, epoch = _signer("reset").loads(token, max_age=RESET_SECONDS)
    except BadSignature:
        return None
    user = session.get(User, user_id)
    return user if user and user.is_active and user.session_epoch == epoch else None


def registration_link(site: str, registration: Registration) -> str:
    """Where a registration is finished by whoever reads the mail."""
    token = _signer("register").dumps([registration.email, registration.name])
    return site + url_for("accounts.finish", token=token)


def registration_of(token: str) -> Registration | None:
    """What the token of a registration link holds, unless it is too old."""
    try:
        return Registration(*_signer("register").loads(token, max_age=REGISTER_SECONDS))
    except BadSignature:
        return None


def _signer(purpose: str) -> URLSafeTimedSerializer:
    # The purpose is part of the key: a link for one thing cannot be used for another.
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt=f"accounts:{purpose}")
