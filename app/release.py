"""The release step: schema and role of the database, once, whoever else tries."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, NullPool, create_engine, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from app.config import Config
from app.database.role import prepare_role

MIGRATIONS = Path(__file__).parent / "migrations"
# Any number will do, as long as every release of the application takes the same.
LOCK = 7_269_411
# A new database answers within minutes of its making; one that restarts, within seconds.
DATABASE_PATIENCE_SECONDS = 60
# As long as the longest migration of another process may take.
LOCK_PATIENCE_SECONDS = 600
PAUSE_SECONDS = 1.0
log = logging.getLogger("app.release")


class ReleaseError(Exception):
    """The release step failed and the schema is as it was; the message says what to do."""


def release(config: Config) -> None:
    """Prepare the application's role, then apply the migrations that the database lacks.

    Each step is logged; nothing changes where all is as it should be. The role is prepared only
    by a process that knows the database's owner; elsewhere the role in use owns the tables itself.
    Safe when several processes call it at once: one works, the others wait and find it done.
    ReleaseError when the database cannot be reached, stays locked, or refuses a migration.
    """
    engine = create_engine(
        config.owner_address or config.database_address,
        poolclass=NullPool,
        connect_args={"connect_timeout": 5, "application_name": "app-release"},
    )
    where = engine.url.render_as_string(hide_password=True)
    log.info("Release step: the schema of %s", where)
    try:
        with _connect(engine, where) as connection, _lock(connection):
            # A change that waits for a busy table would make every later request wait behind it.
            connection.execute(text("SET lock_timeout = '10s'"))
            connection.commit()
            if config.owner_address is not None:
                prepare_role(connection, config.database_user or "")
            schema = _upgrade(connection)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip()
        raise ReleaseError(
            f"The database refused a step, which was rolled back: {reason}\n"
            "The schema is as it was before that step. Correct it and run the release again."
        ) from None
    log.info("Release step done: the schema is up to date (%s).", schema)


def _connect(engine: Engine, where: str) -> Connection:
    """A connection, once the database takes one."""
    deadline = time.monotonic() + DATABASE_PATIENCE_SECONDS
    while True:
        try:
            return engine.connect()
        except OperationalError as error:
            reason = str(error.orig).strip().splitlines()[0]
            if time.monotonic() > deadline:
                raise ReleaseError(
                    f"The database {where} cannot be reached: {reason}\n"
                    "Check DATABASE_URL or the DATABASE_... parts, and that the server runs and "
                    "lets this process in."
                ) from None
            log.info("Waiting for the database: %s", reason)
            time.sleep(PAUSE_SECONDS)


@contextmanager
def _lock(connection: Connection) -> Iterator[None]:
    """Hold the advisory lock of releases; another process that holds it is waited for."""
    deadline = time.monotonic() + LOCK_PATIENCE_SECONDS
    waiting = False
    while not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": LOCK}):
        connection.rollback()
        if time.monotonic() > deadline:
            raise ReleaseError(
                f"Another release has held its lock for {LOCK_PATIENCE_SECONDS} s. See "
                "what it does in pg_stat_activity (application_name 'app-release'), end it."
            )
        if not waiting:
            log.info("Waiting for another release that is under way.")
            waiting = True
        time.sleep(PAUSE_SECONDS)
    connection.commit()
    try:
        yield
    finally:
        # The lock outlives a rollback, and ends with the connection at the latest.
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": LOCK})
        connection.commit()


def _upgrade(connection: Connection) -> str:
    """Apply what is missing; returns the schema's revision, with the one before it."""
    alembic = AlembicConfig()
    alembic.set_main_option("script_location", str(MIGRATIONS))
    alembic.attributes["connection"] = connection
    scripts = ScriptDirectory.from_config(alembic)
    head = scripts.get_current_head()
    current = MigrationContext.configure(connection).get_current_revision()
    connection.rollback()
    if current == head:
        return f"{head}, nothing to do"
    if current is not None and current not in {
        script.revision for script in scripts.walk_revisions()
    }:
        # After a rollback of the image the schema is newer than the program; it has to bear that.
        log.warning(
            "The schema (%s) is newer than this release (%s): left as it is.", current, head
        )
        return f"{current}, newer than this release"
    command.upgrade(alembic, "head")
    return f"{head}, was {current or 'empty'}"
