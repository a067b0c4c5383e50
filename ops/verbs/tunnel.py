"""`tunnel`: the database on a port of this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ops.sessions.needs import FORWARD, IN_A_CONSOLE, LOGIN
from ops.verb import Operation, verb

if TYPE_CHECKING:
    from ops.sessions.port_forwarding import Tunnel

NEEDS = (*FORWARD, *IN_A_CONSOLE, LOGIN)
_LOOK_SECONDS = 0.5


@verb("tunnel", changes=True, short_help="the database on a port of this machine")
@click.argument("port", type=click.IntRange(1, 65535), required=False)
@click.option("--token", is_flag=True, help="Only print a password, valid for 15 minutes.")
@click.option("--write", is_flag=True, help="The address that is shown lets a client change rows.")
def command(operation: Operation, port: int | None, token: bool, write: bool) -> int:
    """Open the database on PORT of this machine, for any client, until Ctrl-C.

    The way leads through a task of web where people may enter those, else through a console task
    that is started for it and stopped behind it; an hour is the most it has. The address that is
    shown makes a client's session read-only; the password is a token that your own AWS login
    signs, printed by --token alone: PGPASSWORD=$(bin/ops tunnel --token).
    """
    if token:
        return _print_token(operation)
    if port is None:
        raise click.UsageError("On which port of this machine? For example: bin/ops tunnel 5433")
    return _open(operation, port, write=write)


def _print_token(operation: Operation) -> int:
    from ops.sessions.database_login import by_token

    login = by_token(operation.clients.rds, operation.outputs)
    operation.report.document({"user": login.user, "password": login.password})
    operation.report.pass_on(login.password)
    return 0


def _open(operation: Operation, port: int, *, write: bool) -> int:
    from ops.journal import note
    from ops.sessions.database_login import TOKEN_MINUTES, Route, address_of, certificates
    from ops.sessions.plugin import find_plugin
    from ops.sessions.port_forwarding import LOCALHOST, Goal, check_port, forwarded
    from ops.sessions.way_in import relay

    check_port(port)
    plugin = find_plugin()
    clients, outputs, report = operation.clients, operation.outputs, operation.report
    caller = clients.check_account()
    if write:
        question = f"This opens the database of {operation.stack} for a client that writes."
        operation.approval.ask([question], destructive=True)
        note(operation, "opened a tunnel to the database, writing")
    goal = Goal(host=outputs.database_endpoint, port=outputs.database_port)
    with (
        relay(operation, caller, is_agreed=write) as target,
        forwarded(clients.ssm, plugin, target, goal, port, operation.clock) as tunnel,
    ):
        trusted = certificates(operation.root, emulated=operation.place.is_emulated)
        route = Route(host=goal.host, address=LOCALHOST, port=port, certificates=trusted)
        address = address_of(outputs, route, writable=write)
        report.json_line(
            {
                "address": address,
                "host": route.host,
                "hostaddr": route.address,
                "port": port,
                "database": outputs.database_name,
                "user": outputs.database_user,
                "read_only": not write,
            }
        )
        report.print(address)
        report.say(
            f"The database of {operation.stack}, through {target.name}, until Ctrl-C. The password "
            f"is a token of {TOKEN_MINUTES} minutes: bin/ops tunnel --token"
        )
        return _hold(operation, tunnel)


def _hold(operation: Operation, tunnel: Tunnel) -> int:
    """Until Ctrl-C, which is how a tunnel is left; 1 when it closes by itself."""
    told = len(tunnel.lines)
    try:
        while not tunnel.has_ended:
            for line in tunnel.lines[told:]:
                operation.report.say(line)
                told += 1
            operation.clock.sleep(_LOOK_SECONDS)
    except KeyboardInterrupt:
        operation.report.say("The tunnel is closed.")
        return 0
    for line in tunnel.lines[told:]:
        operation.report.say(line)
    operation.report.say(
        "The tunnel has closed by itself: its task has ended, or nothing went through it for a "
        "while. Open it again."
    )
    return 1
