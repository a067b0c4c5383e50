"""`shell`: an interactive shell in a task of its own, or in a running one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from ops import completion
from ops.sessions.needs import EXEC, IN_A_CONSOLE
from ops.verb import Operation, verb

if TYPE_CHECKING:
    from ops.sessions.exec_target import Target
    from ops.sessions.plugin import Plugin

NEEDS = (*EXEC, *IN_A_CONSOLE)


@verb("shell", changes=True, short_help="an interactive shell")
@click.option("--size", metavar="CPU/MIB", help="Another size, as 1024/4096; 1024 is one core.")
@click.argument(
    "name", metavar="[PROCESS|TASK]", required=False, shell_complete=completion.processes
)
def command(operation: Operation, size: str | None, name: str | None) -> int:
    """Open a shell in a console: a task of its own, with web's image, configuration and rights.

    It is of the release that serves, reaches what web reaches, serves nobody, and stops when you
    leave it, or by itself after an hour. With PROCESS or TASK the shell is in a task that runs
    already; that needs `exec-enabled: true`, and what is done there is done to visitors. That it
    was opened is written down, and what was typed goes to the log group `exec`.
    """
    from ops.sessions.exec_session import SHELL

    if name is not None:
        if size is not None:
            raise click.UsageError("--size is for a console; a task that runs has its size.")
        return enter(operation, name, SHELL, "a shell")
    return _console(operation, size)


def _console(operation: Operation, size: str | None) -> int:
    from ops.sessions.exec_session import SHELL
    from ops.sessions.way_in import console
    from ops.tasks.size import task_size

    wanted = task_size(size) if size else None
    plugin = _plugin(operation)
    caller = operation.clients.check_account()
    with console(operation, caller, "for a shell", size=wanted) as target:
        return _hold(operation, plugin, target, SHELL, "a shell")


def enter(operation: Operation, name: str, words: Sequence[str], what: str) -> int:
    """Run something in a running task with this terminal; `what` it is, for people."""
    from ops.journal import note
    from ops.sessions.exec_target import TaskChooser

    plugin = _plugin(operation)
    clients, outputs = operation.clients, operation.outputs
    clients.check_account()
    target = TaskChooser(clients.ecs, outputs, operation.stack).choose(name)
    if outputs.protected:
        operation.approval.ask([f"In {operation.stack} this runs {what} in {target.name}."])
    note(operation, f"ran {what} in {target.name}")
    return _hold(operation, plugin, target, words, what)


def _plugin(operation: Operation) -> Plugin:
    """What holds the session; OpsError, with the fix, when it or a terminal is missing."""
    from ops import approval
    from ops.problems import OpsError
    from ops.sessions.plugin import find_plugin

    if operation.report.as_json:
        raise OpsError(
            "What is done in a task by hand has no JSON; `bin/ops run --json -- COMMAND` has.",
            exit_code=2,
        )
    if not approval.somebody_is_there():
        raise OpsError(
            "ECS Exec needs a terminal, and there is none here.\nIn a script use `bin/ops run -- "
            "COMMAND`, which returns the exit code, too.",
            exit_code=2,
        )
    return find_plugin()


def _hold(
    operation: Operation, plugin: Plugin, target: Target, words: Sequence[str], what: str
) -> int:
    from ops.sessions.exec_session import start_exec

    group = operation.outputs.log_group_names["exec"]
    operation.report.say(f"{target.name}: {what}; the log group {group} keeps it")
    return plugin.hold(start_exec(operation.clients.ecs, target, words, operation.clock))
