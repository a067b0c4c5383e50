"""Who asks, and how often: the owner of the request's token; cookies count for nothing here."""

from __future__ import annotations

from flask import g, request

from app.accounts import tokens
from app.accounts.models import User
from app.api.refusals import NO_TOKEN, WRONG_TOKEN, TokenRefused
from app.database import db
from app.security.limits import client, key_of, limiter

# For an account with all its tokens, and for an address that sends none.
LIMIT = "120 per minute"


def admit() -> None:
    """Find the owner of the token before the view runs; 401 for a token that is nobody's."""
    given = request.headers.get("Authorization", "")
    scheme, _, token = given.partition(" ")
    bearer = scheme.lower() == "bearer"
    g.token_owner = tokens.user_of(db.session, token.strip()) if bearer else None
    if g.token_owner is not None:
        g.user_id = g.token_owner.id
    # Wrong tokens count for the address they come from, so nobody can try many.
    _count()
    if given and g.token_owner is None:
        raise TokenRefused(WRONG_TOKEN)


def owner() -> User | None:
    """Whose token this is; None for a request without one."""
    user: User | None = g.token_owner
    return user


def owner_required() -> User:
    """Whose token this is; 401 for a request without one."""
    user = owner()
    if user is None:
        raise TokenRefused(NO_TOKEN)
    return user


def _asker() -> str:
    user = owner()
    return key_of("account", str(user.id)) if user else client()


@limiter.shared_limit(LIMIT, scope="api", key_func=_asker)
def _count() -> None:
    """Count this request; 429 when there were too many."""
