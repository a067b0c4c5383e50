"""API tokens: what a program signs in with."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from app.accounts.models import ApiToken, User

# Names the kind: scanners of source code find a token that was committed by mistake.
PREFIX = "polls_"
RANDOM_BYTES = 32
PER_USER_MAXIMUM = 20
# "Last used" need not be more exact, and a write for each request would cost more than its work.
USED_RESOLUTION = timedelta(minutes=10)


class TooManyTokensError(Exception):
    """The account has as many tokens as it may."""


def issue(session: Session, user: User, name: str, expires_at: datetime | None = None) -> str:
    """Make a token and return it, the only time that anybody sees it: a digest is kept.

    TooManyTokensError when the account has PER_USER_MAXIMUM.
    """
    count = select(func.count()).where(ApiToken.user_id == user.id)
    if (session.scalar(count) or 0) >= PER_USER_MAXIMUM:
        raise TooManyTokensError
    token = PREFIX + secrets.token_urlsafe(RANDOM_BYTES)
    session.add(ApiToken(user_id=user.id, name=name, digest=_digest(token), expires_at=expires_at))
    session.commit()
    return token


def user_of(session: Session, token: str) -> User | None:
    """The account that the token signs in; None when token or account are no longer good."""
    now = datetime.now(UTC)
    query = (
        select(ApiToken, User)
        .join(ApiToken.user)
        .where(
            ApiToken.digest == _digest(token),
            or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > now),
            User.disabled_at.is_(None),
        )
    )
    found = session.execute(query).one_or_none()
    if found is None:
        return None
    kept, user = found
    if kept.last_used_at is None or now - kept.last_used_at > USED_RESOLUTION:
        # Not by the object: a token revoked at this moment is simply not there any more.
        session.execute(update(ApiToken).where(ApiToken.id == kept.id).values(last_used_at=now))
        session.commit()
    return user


def of_user(session: Session, user: User) -> Sequence[ApiToken]:
    """The account's tokens, the newest first."""
    query = select(ApiToken).where(ApiToken.user_id == user.id).order_by(ApiToken.id.desc())
    return session.scalars(query).all()


def revoke(session: Session, user: User, token_id: int) -> bool:
    """Make one of the account's own tokens useless; False when it has none with this id."""
    own = (ApiToken.id == token_id, ApiToken.user_id == user.id)
    revoked = session.connection().execute(delete(ApiToken).where(*own)).rowcount
    session.commit()
    return revoked == 1


def _digest(token: str) -> str:
    # No slow hash: 32 random bytes cannot be guessed.
    return hashlib.sha256(token.encode()).hexdigest()
