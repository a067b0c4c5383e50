"""Runs migrations on the connection that it is given: by `flask deploy` or `flask db`."""

import logging
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.runtime.migration import MigrationContext, MigrationInfo
from alembic.script import ScriptDirectory

from app.database.columns import UtcDateTime
from app.tables import Base

log = logging.getLogger("app.deploy")


def report(ctx: MigrationContext, step: MigrationInfo, heads: object, run_args: object) -> None:
    del ctx, heads, run_args  # given by name
    script = ScriptDirectory.from_config(context.config).get_revision(step.up_revision_id or "")
    log.info("Applied %s: %s", script.revision, script.doc)


def render(kind: str, item: Any, autogenerate: AutogenContext) -> str | Literal[False]:
    """Write our own type with its import; False leaves everything else to Alembic."""
    if kind == "type" and isinstance(item, UtcDateTime):
        autogenerate.imports.add("from app.database.columns import UtcDateTime")
        return "UtcDateTime"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transaction_per_migration=True,
    on_version_apply=report,
    render_item=render,
)
with context.begin_transaction():
    context.run_migrations()
