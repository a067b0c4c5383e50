"""The schema: which migrations there are, which the database has, and the way between."""

from __future__ import annotations

import logging
from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

MIGRATIONS = Path(__file__).parents[1] / "migrations"
log = logging.getLogger("app.deploy")


def settings(connection: Connection) -> AlembicConfig:
    """What Alembic's commands take: our migrations, run on this connection."""
    alembic = AlembicConfig()
    # Alembic reads % as the beginning of a name.
    alembic.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    alembic.attributes["connection"] = connection
    return alembic


def upgrade(connection: Connection) -> str:
    """Apply what is missing; returns the schema's revision, with the one before it."""
    alembic = settings(connection)
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
