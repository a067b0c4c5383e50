"""Limits on how often something may be asked for; all processes count together."""

from __future__ import annotations

import hashlib
import hmac
import logging
import time

from flask import Flask, current_app, g, request
from flask_limiter import Limiter, RequestLimit
from limits.storage import Storage
from sqlalchemy import delete, select
from sqlalchemy.exc import SQLAlchemyError

from app.config import Config
from app.database import db
from app.database.clock import now_precise
from app.database.once import upsert_count
from app.security.models import RateCount

log = logging.getLogger(__name__)


class DatabaseStorage(Storage):
    """Counts in the table rate_counts, for Flask-Limiter as `database://`.

    It uses the session of the request and commits, so that a request never waits for a second
    connection of the pool: a limit is checked before a view has begun to change anything.
    """

    STORAGE_SCHEME = ["database"]  # noqa: RUF012 - the library's own declaration

    @property
    def base_exceptions(self) -> type[Exception]:
        """What may go wrong."""
        return SQLAlchemyError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Add to the count of the window of `expiry` seconds; the count after it."""
        try:
            count = upsert_count(db.session, RateCount, key, seconds=expiry, amount=amount)
            db.session.commit()
        except SQLAlchemyError:
            # The request goes on without the limit, so it needs a session that works.
            db.session.rollback()
            raise
        return count.hits

    def get(self, key: str) -> int:
        """The count of the window under way, 0 where there is none."""
        current = (RateCount.key == key, RateCount.ends_at > now_precise())
        return db.session.scalar(select(RateCount.hits).where(*current)) or 0

    def get_expiry(self, key: str) -> float:
        """When the window ends, as a Unix time."""
        ends_at = db.session.scalar(select(RateCount.ends_at).where(RateCount.key == key))
        return ends_at.timestamp() if ends_at else time.time()

    def check(self) -> bool:
        """Whether counts can be kept; the database tells by itself."""
        return True

    def reset(self) -> int:
        """Forget all counts; how many there were."""
        forgotten = db.session.connection().execute(delete(RateCount)).rowcount
        db.session.commit()
        return forgotten

    def clear(self, key: str) -> None:
        """Forget one count."""
        db.session.execute(delete(RateCount).where(RateCount.key == key))
        db.session.commit()


def key_of(kind: str, value: str) -> str:
    """What is counted, as it may be stored and logged: a keyed hash that names nobody."""
    secret = current_app.config["CONFIG"].secret_key.get_secret_value().encode()
    return hmac.new(secret, f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()[:32]


def client() -> str:
    """The address that the request came from, as a key."""
    return key_of("client", request.remote_addr or "")


def _note_wait(limit: RequestLimit) -> None:
    """Tell app/errors.py how long to ask the visitor to wait."""
    g.retry_after_seconds = max(1, round(limit.reset_at - time.time()))


# A limit that cannot be counted lets the request pass: where the database is down, the request
# fails by itself, and for no other reason should anybody be kept out.
limiter = Limiter(
    client, storage_uri="database://", swallow_errors=True, on_breach=_note_wait, key_prefix="limit"
)


def init_app(app: Flask, _config: Config) -> None:
    """Make `limiter` work."""
    limiter.init_app(app)


def first_in(key: str, seconds: float) -> bool:
    """Whether this is the first call with `key` within so many seconds, among all processes.

    It takes a connection of its own. SQLAlchemyError when the database cannot be asked.
    """
    with db.engine.begin() as connection:
        count = upsert_count(connection, RateCount, key_of("first", key), seconds=seconds)
    return count.hits == 1
