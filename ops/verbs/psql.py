"""`psql`: the database's prompt, read-only unless asked otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from ops.permissions import Need
from ops.session_needs import DATA_KEY, FORWARD, KEYS, LOGIN
from ops.verb import Operation, verb

if TYPE_CHECKING:
    from ops.database_login import Login, Route
    from ops.session_plugin import Plugin

NEEDS = (
    *FORWARD,
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
    """Open the database's prompt, or run one statement; --json gives its rows.

    The way leads through a running task of web. You log in as the application's role by a token
    that your own AWS login signs, valid for 15 minutes, and the session only reads: this guards
    against a slip, as the role itself may change rows. --write and --owner ask, and are written
    down with your name.
    """
    from ops.problems import OpsError

    if operation.report.as_json and statement is None:
        raise OpsError("A prompt has no JSON; add -c SQL, whose rows have.", exit_code=2)
    program = _psql()
    direct = direct or operation.place.is_emulated
    plugin = None if direct else _plugin()
    operation.clients.check_account()
    if write or owner:
        _ask(operation, owner=owner)
    login = _login(operation, owner=owner)
    with _route(operation, plugin) as route:
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
    from ops.database_login import as_owner, by_token

    clients, outputs = operation.clients, operation.outputs
    return as_owner(clients.secrets, outputs) if owner else by_token(clients.rds, outputs)


@contextmanager
def _route(operation: Operation, plugin: Plugin | None) -> Iterator[Route]:
    """How to reach the database, for as long as this is entered; `plugin` None: directly."""
    import socket

    from ops.database_login import Route, certificates
    from ops.exec_target import TaskChooser
    from ops.port_forwarding import LOCALHOST, Goal, forwarded, free_port
    from ops.problems import OpsError

    clients, outputs = operation.clients, operation.outputs
    host, port = outputs.database_endpoint, outputs.database_port
    trusted = certificates(operation.root, emulated=operation.place.is_emulated)
    if plugin is None:
        try:
            address = socket.gethostbyname(host)
        except OSError as error:
            raise OpsError(
                f"{host} has no address here ({error}), so this machine is not in the database's "
                "network.\nLeave --direct out, or connect the VPN first."
            ) from None
        yield Route(host=host, address=address, port=port, certificates=trusted)
        return
    target = TaskChooser(clients.ecs, outputs, operation.stack).choose("web")
    goal = Goal(host=host, port=port)
    with forwarded(clients.ssm, plugin, target, goal, free_port()) as tunnel:
        yield Route(host=host, address=LOCALHOST, port=tunnel.port, certificates=trusted)


def _run(
    operation: Operation, words: Sequence[str], login: Login, route: Route, writable: bool
) -> int:
    """The exit code is psql's own."""
    import csv
    import io
    import subprocess

    from ops.database_login import variables
    from ops.session_plugin import left_to_the_child

    report = operation.report
    environment = variables(
        operation.outputs, login, route, program="bin/ops psql", writable=writable
    )
    if report.as_json:
        done = subprocess.run(
            [*words, "--csv"], env=environment, stdout=subprocess.PIPE, text=True, check=False
        )
        report.document(list(csv.DictReader(io.StringIO(done.stdout))))
        return done.returncode
    may = "may change what it likes" if writable else "only reads; --write lets it change rows"
    report.say(f"{operation.stack}, database {operation.outputs.database_name}: this session {may}")
    # In the prompt Ctrl-C ends a statement.
    with left_to_the_child():
        return subprocess.run(words, env=environment, check=False).returncode


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
    from ops.session_plugin import find_plugin

    return find_plugin()
