"""Health addresses: `/livez` for the balancer, `/readyz` for people and alarms."""

from __future__ import annotations

import logging
import time
from threading import Lock, Thread

from flask import Blueprint, Flask, current_app
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from app.config import Config
from app.database import db
from app.observability.pool import pool_of

LIMIT_SECONDS = 1.0
# Whoever asks more often gets the same answer: the address is public.
KEEP_SECONDS = 1.0
EXTENSION = "health"

blueprint = Blueprint("health", __name__)
log = logging.getLogger(__name__)


class Readiness:
    """Whether the database answers within LIMIT_SECONDS; safe among threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._check: Thread | None = None
        self._answers = False
        self._good_until = 0.0

    def asked(self, engine: Engine) -> bool:
        """Ask, unless the last answer is fresh. One that still waits is not asked again."""
        with self._lock:
            if time.monotonic() < self._good_until:
                return self._answers
            if self._check is None or not self._check.is_alive():
                # A thread, as neither a connection nor the pool can be given less time for once.
                self._answers = False
                self._check = Thread(target=self._ask, args=(engine,), daemon=True)
                self._check.start()
            self._check.join(LIMIT_SECONDS)
            self._good_until = time.monotonic() + KEEP_SECONDS
            return self._answers and not self._check.is_alive()

    def _ask(self, engine: Engine) -> None:
        try:
            with engine.connect() as connection:
                connection.execute(text("SELECT 1"))
        except SQLAlchemyError as error:
            log.warning("The database does not answer: %s", type(error).__name__)
        else:
            self._answers = True


def init_app(app: Flask, _config: Config) -> None:
    """Keep the state of the check."""
    app.extensions[EXTENSION] = Readiness()


@blueprint.get("/livez")
def livez() -> tuple[dict[str, str], int]:
    """Answer that the process serves; touches nothing, so a database fault kills no task."""
    return {"status": "alive"}, 200


@blueprint.get("/readyz")
def readyz() -> tuple[dict[str, object], int]:
    """Ask the database: 200 when it answers within a second, else 503; and how full the pool is."""
    readiness: Readiness = current_app.extensions[EXTENSION]
    answers = readiness.asked(db.engine)
    pool = pool_of(db.engine)
    connections = {"size": pool.size, "in_use": pool.in_use}
    body: dict[str, object]
    if answers:
        body = {"status": "ready", "database": "answers", "connections": connections}
        return body, 200
    log.warning("Not ready: the database did not answer within %s s.", LIMIT_SECONDS)
    body = {"status": "unavailable", "database": "does not answer", "connections": connections}
    return body, 503
