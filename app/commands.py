"""The application's commands: what `flask --help` lists beside Flask's own."""

from __future__ import annotations

import click
from flask import Flask

from app.config import Config
from app.demo import seed_demo_command
from app.deploy.command import EXIT_CONFIG, db_commands, deploy_command
from app.problems import ConfigError

COMMANDS = (deploy_command, db_commands, seed_demo_command)


def init_app(app: Flask, _config: Config) -> None:
    """Add the commands."""
    for command in COMMANDS:
        app.cli.add_command(command)


def without_settings(error: ConfigError) -> Flask:
    """What `flask` lists commands of when no application can be made; `error` again elsewhere.

    `flask` asks for the application before it knows which command is meant. `deploy` reads the
    settings itself; every other command says what is wrong with them.
    """
    context = click.get_current_context(silent=True)
    if context is None:
        raise error
    if context.parent is not None:  # one of Flask's own commands, such as `flask run`
        raise _Refused(str(error))
    stand_in = Flask("app")
    stand_in.cli.add_command(deploy_command)
    for command in COMMANDS:
        if command is not deploy_command:
            stand_in.cli.add_command(_refusing(command, error))
    return stand_in


def _refusing(command: click.Command, error: ConfigError) -> click.Command:
    """The same name and help, and `error` for whatever follows."""

    def refuse(**_given: object) -> None:
        raise _Refused(str(error))

    rest = click.Argument(["rest"], nargs=-1, type=click.UNPROCESSED)
    taken = {"ignore_unknown_options": True}
    return click.Command(
        command.name, params=[rest], help=command.help, callback=refuse, context_settings=taken
    )


class _Refused(click.ClickException):
    """What is wrong with the settings, and the exit code that says so."""

    exit_code = EXIT_CONFIG
