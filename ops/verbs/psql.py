"""`psql`: the database's prompt, read-only unless asked otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from ops.permissions import Need
from ops.sessions.needs import DATA_KEY, FORWARD, IN_A_CONSOLE, KEYS, LOGIN
from ops.verb import Operation, verb

if TYPE_CHECKING:
    from pathlib import Path

    from ops.sessions.database_login import Login, Route
    from ops.sessions.plugin import Plugin

NEEDS = (
    *FORWARD,
    *IN_A_CONSOLE,
    LOGIN,
    # For --owner.
    Need(actions=("secretsmanager:GetSecretValue",), resources=("{database_secret_arn}",)),
    Need(actions=("kms:Decrypt",), resources=(KEYS,), condition=DATA_KEY),
)


@verb("psql", changes=True, short_help="the database's prompt")
@click.option("--write", is_flag=True, help="Rows may be changed, as the application may.")
@click.option("--owner", is_flag=True, help="As the owner, who may do everything.")
@click.option("-c", "--command", "statement", metavar="SQL", help="Run this and leave.")
@click.option(
    "--direct",
    is_flag=True,
    help="This machine reaches the database by itself: a VPN, a bastion. No task is entered.",
)
@click.argument("words", metavar="[-- ARGUMENTS OF PSQL...]", nargs=-1, type=click.UNPROCESSED)
def command(
    operation: Operation,
    write: bool,
    owner: bool,
    statement: str | None,
    direct: bool,
    words: Sequence[str],
) -> int:
    """Open the database's prompt, or run one statement; --json gives its rows, of several the
    last one's.

    The way leads through a task of web where people may enter those, else through a console task
    that is started for it and stopped behind you; an hour is the most it has. You log in as the
    application's role by a token that your own AWS login signs, valid for 15 minutes, and the
    session only reads: this guards against a slip, as the role itself may change rows. --write and
    --owner ask, and are written down with your name.
    """
    from ops.problems import OpsError

    if operation.report.as_json and statement is None:
        raise OpsError("A prompt has no JSON; add -c SQL, whose rows have.", exit_code=2)
    if operation.report.as_json and words:
        raise OpsError(
            "With --json psql gets no arguments of yours: they change what it prints.", exit_code=2
        )
    program = _psql()
    direct = direct or operation.place.is_emulated
    plugin = None if direct else _plugin()
    caller = operation.clients.check_account()
    if write or owner:
        _ask(operation, owner=owner)
    with (
        _direct(operation)
        if plugin is None
        else _through(operation, plugin, caller, is_agreed=write or owner)
    ) as route:
        # The token of a way that has taken a minute to open is a minute younger.
        login = _login(operation, owner=owner)
        line = [program, *_words(operation.stack, statement, words)]
        return _run(operation, line, login, route, write or owner)


def _ask(operation: Operation, *, owner: bool) -> None:
    from ops.journal import note

    outputs = operation.outputs
    who = "the owner, who may do everything" if owner else "the application's role, writing"
    operation.approval.ask(
        [f"This logs in to the database of {operation.stack} as {who}."], destructive=True
    )
    role = "the owner" if owner else f"{outputs.database_user}, writing"
    note(operation, f"logged in to the database as {role}")


def _login(operation: Operation, *, owner: bool) -> Login:
    from ops.sessions.database_login import as_owner, by_token

    clients, outputs = operation.clients, operation.outputs
    return as_owner(clients.secrets, outputs) if owner else by_token(clients.rds, outputs)


@contextmanager
def _direct(operation: Operation) -> Iterator[Route]:
    """The way from a machine that is in the database's network."""
    import socket

    from ops.problems import OpsError
    from ops.sessions.database_login import Route

    host = operation.outputs.database_endpoint
    try:
        address = socket.gethostbyname(host)
    except OSError as error:
        raise OpsError(
            f"{host} has no address here ({error}), so this machine is not in the database's "
            "network.\nLeave --direct out, or connect the VPN first."
        ) from None
    port = operation.outputs.database_port
    yield Route(host=host, address=address, port=port, certificates=_trusted(operation))


@contextmanager
def _through(
    operation: Operation, plugin: Plugin, caller: str, *, is_agreed: bool
) -> Iterator[Route]:
    """The way through a task, for as long as this is entered."""
    from local.ports import free_port
    from ops.sessions.database_login import Route
    from ops.sessions.port_forwarding import LOCALHOST, Goal, forwarded
    from ops.sessions.way_in import relay

    outputs, ssm, clock = operation.outputs, operation.clients.ssm, operation.clock
    goal = Goal(host=outputs.database_endpoint, port=outputs.database_port)
    with (
        relay(operation, caller, is_agreed=is_agreed) as target,
        forwarded(ssm, plugin, target, goal, free_port(), clock) as tunnel,
    ):
        yield Route(
            host=goal.host, address=LOCALHOST, port=tunnel.port, certificates=_trusted(operation)
        )


def _trusted(operation: Operation) -> Path | None:
    from ops.sessions.database_login import certificates

    return certificates(operation.root, emulated=operation.place.is_emulated)


def _run(
    operation: Operation, words: Sequence[str], login: Login, route: Route, writable: bool
) -> int:
    """The exit code is psql's own."""
    from ops.sessions.database_login import variables
    from ops.sessions.plugin import run_in_front

    report = operation.report
    environment = variables(
        operation.outputs, login, route, program="bin/ops psql", writable=writable
    )
    if report.as_json:
        return _give_rows(operation, words, environment)
    may = "may change what it likes" if writable else "only reads; --write lets it change rows"
    report.say(f"{operation.stack}, database {operation.outputs.database_name}: this session {may}")
    # In the prompt Ctrl-C ends a statement.
    return run_in_front(words, environment)


def _give_rows(operation: Operation, words: Sequence[str], environment: Mapping[str, str]) -> int:
    import subprocess

    from ops.problems import OpsError
    from ops.sessions.plugin import does_not_run
    from ops.sessions.rows import AS_ONE_TABLE, rows_of

    try:
        done = subprocess.run(
            [*words, *AS_ONE_TABLE],
            env={**environment, "PGCLIENTENCODING": "UTF8"},
            stdout=subprocess.PIPE,
            check=False,
        )
    except OSError as error:
        raise OpsError(f"{words[0]} does not run: {does_not_run(error)}.") from None
    operation.report.document(rows_of(done.stdout))
    return done.returncode


def _words(stack: str, statement: str | None, words: Sequence[str]) -> list[str]:
    """What psql is told beside its environment; the prompt says in which stack one is."""
    one = [] if statement is None else ["--command", statement]
    return ["--no-password", f"--set=PROMPT1={stack} %/%R%x%# ", *one, *words]


def _psql() -> str:
    import shutil

    from ops.problems import OpsError

    path = shutil.which("psql")
    if path is None:
        raise OpsError(
            "This needs psql, and it is not on this machine's PATH.\nInstall it (Debian, Ubuntu: "
            "`apt install postgresql-client`; macOS: `brew install libpq`), or use any other "
            "client through `bin/ops tunnel PORT`."
        )
    return path


def _plugin() -> Plugin:
    from ops.sessions.plugin import find_plugin

    return find_plugin()
