"""What has to be done to the database once for each release, in order, whoever else tries."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, NullPool, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from app.config import Config
from app.database.connection import arguments, settle_mysql
from app.database.role import prepare_role
from app.database.tls import without_sslmode
from app.deploy.administrator import make_administrator
from app.deploy.lock import alone
from app.deploy.problems import DeployError
from app.deploy.schema import upgrade
from app.deploy.waiting import connect

PROCESS = "release"
# A change that waits for a busy table would make every later request wait behind it.
TABLE_WAIT_SECONDS = 10
ROLLED_BACK = "The schema is as it was before that step. Correct it and run the release again."
# [MySQL reference manual, "Statements that cause an implicit commit"]
STAYS = (
    "MySQL does not roll back changes of a schema: what the step did before this stays. Undo that, "
    "correct the cause and run the release again."
)
log = logging.getLogger("app.deploy")


def deploy(config: Config) -> None:
    """Prepare the application's role, apply the migrations it lacks, make the administrator.

    Each step is logged; nothing changes where all is as it should be. The role is prepared only
    by a process that knows the database's owner; elsewhere the role in use owns the tables itself.
    Safe when several processes call it at once: one works, the others wait and find it done.
    DeployError when the database cannot be reached, stays locked, or refuses a step.
    """
    engine = _engine(config)
    where = engine.url.render_as_string(hide_password=True)
    log.info("Release step: the schema of %s", where)
    with _refusals(engine), connect(engine, where) as connection, alone(connection):
        _limit_waiting(connection)
        if config.owner_address is not None:
            prepare_role(connection, config.database_user or "")
        schema = upgrade(connection)
        make_administrator(connection, config)
    log.info("Release step done: the schema is up to date (%s).", schema)


def _engine(config: Config) -> Engine:
    """An engine for the owner; no statement has a limit, as a migration may take long."""
    url = config.owner_address or config.database_address
    told = arguments(config, url, PROCESS, statement_seconds=None)
    engine = create_engine(without_sslmode(url), poolclass=NullPool, connect_args=told)
    if engine.dialect.name != "postgresql":
        settle_mysql(engine, statement_seconds=None)
    return engine


def _limit_waiting(connection: Connection) -> None:
    postgres = connection.dialect.name == "postgresql"
    name = "lock_timeout" if postgres else "lock_wait_timeout"
    value = TABLE_WAIT_SECONDS * 1000 if postgres else TABLE_WAIT_SECONDS
    connection.execute(text(f"SET {name} = {value}"))
    connection.commit()


@contextmanager
def _refusals(engine: Engine) -> Iterator[None]:
    """Say what the database refused, and what is left of the step."""
    try:
        yield
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip()
        left = ROLLED_BACK if engine.dialect.name == "postgresql" else STAYS
        raise DeployError(f"The database refused a step: {reason}\n{left}") from None
