"""The first connection of a release: a database that is just being made is waited for."""

from __future__ import annotations

import logging
import time

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from app.deploy.problems import DeployError

# A new database answers within minutes of its making; one that restarts, within seconds.
PATIENCE_SECONDS = 60
PAUSE_SECONDS = 1.0
log = logging.getLogger("app.deploy")


def connect(engine: Engine, where: str) -> Connection:
    """A connection, once the database takes one; DeployError with `where` when it never does."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return engine.connect()
        except OperationalError as error:
            reason = str(error.orig).strip().splitlines()[0]
            if time.monotonic() > deadline:
                raise DeployError(
                    f"The database {where} cannot be reached: {reason}\n"
                    "Check DATABASE_URL or the DATABASE_... parts, and that the server runs and "
                    "lets this process in."
                ) from None
            log.info("Waiting for the database: %s", reason)
            time.sleep(PAUSE_SECONDS)
