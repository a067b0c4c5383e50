"""The lock of releases: one works on the database, the others wait."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text

from app.deploy.problems import DeployError

# Any number will do, as long as every release of the application takes the same.
LOCK = 7_269_411
# MySQL's locks belong to the whole server: releases of different databases have different names.
NAME = "CONCAT('app-release:', LEFT(SHA1(DATABASE()), 16))"
TAKE = {
    "postgresql": f"SELECT pg_try_advisory_lock({LOCK})",
    "mysql": f"SELECT GET_LOCK({NAME}, 0)",
}
GIVE = {
    "postgresql": f"SELECT pg_advisory_unlock({LOCK})",
    "mysql": f"SELECT RELEASE_LOCK({NAME})",
}
HOLDERS = {
    "postgresql": "pg_stat_activity (application_name 'app-release')",
    "mysql": "SHOW PROCESSLIST",
}
# As long as the longest migration of another process may take.
PATIENCE_SECONDS = 600
PAUSE_SECONDS = 1.0
log = logging.getLogger("app.deploy")


@contextmanager
def alone(connection: Connection) -> Iterator[None]:
    """Hold the lock; another release that holds it is waited for, DeployError when that is long.

    It belongs to the connection, not to a transaction, and ends with it at the latest.
    """
    server = connection.dialect.name
    deadline = time.monotonic() + PATIENCE_SECONDS
    waiting = False
    while not connection.scalar(text(TAKE[server])):
        connection.rollback()
        if time.monotonic() > deadline:
            raise DeployError(
                f"Another release has held its lock for {PATIENCE_SECONDS} s. See what it does in "
                f"{HOLDERS[server]}, end it, and run the release again."
            )
        if not waiting:
            log.info("Waiting for another release that is under way.")
            waiting = True
        time.sleep(PAUSE_SECONDS)
    connection.commit()
    try:
        yield
    finally:
        connection.rollback()
        connection.execute(text(GIVE[server]))
        connection.commit()
