"""`flask deploy` and, for developers, `flask db`."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

import click

from app.config import load_config
from app.problems import ConfigError

if TYPE_CHECKING:
    from alembic.config import Config as AlembicConfig

EXIT_FAILED = 1
EXIT_CONFIG = 2
EXIT_TERMINATED = 128 + signal.SIGTERM
PROCESS = "release"


@click.command("deploy")
def deploy_command() -> None:
    """Bring the database up to date: role, schema, first administrator.

    May run at any time, and many times at once. Exit code 0: done; 1: failed; 2: wrong settings.
    """
    # Only here, as all that follows: `web` starts the sooner without Alembic.
    from app.deploy.problems import DeployError
    from app.deploy.steps import deploy
    from app.observability.request_log import configure_logging

    # The first process of a container is not ended by SIGTERM unless it handles it.
    signal.signal(signal.SIGTERM, _terminate)
    try:
        config = load_config(PROCESS)
        configure_logging(config)
        deploy(config)
    except ConfigError as error:
        _fail(error, EXIT_CONFIG)
    except DeployError as error:
        _fail(error, EXIT_FAILED)


@click.group("db")
def db_commands() -> None:
    """Migrations, for developers."""


@db_commands.command("new")
@click.argument("purpose")
def new(purpose: str) -> None:
    """Write a migration from what the models have and the database lacks.

    PURPOSE is its first line: "Polls can have a picture". Read what was written before you keep it.
    """
    from alembic import command
    from alembic.script import ScriptDirectory

    with _alembic() as alembic:
        head = ScriptDirectory.from_config(alembic).get_current_head()
        number = f"{int(head or 0) + 1:04}"
        command.revision(alembic, purpose.rstrip("."), autogenerate=True, rev_id=number)


@db_commands.command("check")
def check() -> None:
    """Say whether the database has all that the models describe; exit code 1 when not."""
    from alembic import command

    with _alembic() as alembic:
        command.check(alembic)


@db_commands.command("back")
@click.confirmation_option(prompt="Undo the newest migration, with the data it added?")
def back() -> None:
    """Undo the newest migration."""
    from alembic import command

    with _alembic() as alembic:
        command.downgrade(alembic, "-1")


@contextmanager
def _alembic() -> Iterator[AlembicConfig]:
    """Alembic's settings on a connection of the application; what it refuses is told as it is."""
    from alembic.util import CommandError
    from sqlalchemy.exc import SQLAlchemyError

    from app.database import db
    from app.deploy.schema import settings

    try:
        with db.engine.connect() as connection:
            yield settings(connection)
    except (CommandError, SQLAlchemyError) as error:
        reason = str(getattr(error, "orig", None) or error).strip()
        raise click.ClickException(
            f"{reason}\n`flask deploy` applies the migrations there are, `flask db new PURPOSE` "
            "writes the next one."
        ) from None


def _fail(error: Exception, code: int) -> NoReturn:
    click.echo(f"{error}\n{PROCESS} failed: exit code {code}.", err=True)
    sys.exit(code)


def _terminate(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(EXIT_TERMINATED)
