"""Runs migrations, on the connection of the release step or on one of its own."""

import logging

from alembic import context
from alembic.runtime.migration import MigrationContext, MigrationInfo
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool, create_engine

from app.config import load_config
from app.tables import Base

log = logging.getLogger("app.release")


def report(ctx: MigrationContext, step: MigrationInfo, heads: object, run_args: object) -> None:
    del ctx, heads, run_args  # given by name
    script = ScriptDirectory.from_config(context.config).get_revision(step.up_revision_id or "")
    log.info("Applied %s: %s", script.revision, script.doc)


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        transaction_per_migration=True,
        on_version_apply=report,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:  # the alembic command, in development
    with create_engine(load_config().database_address, poolclass=NullPool).connect() as own:
        run(own)
