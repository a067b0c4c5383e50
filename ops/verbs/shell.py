"""`shell`: an interactive shell in a running task."""

from __future__ import annotations

from collections.abc import Sequence

import click

from ops import completion
from ops.session_needs import EXEC
from ops.verb import Operation, verb

NEEDS = EXEC


@verb("shell", changes=True, short_help="an interactive shell in a running task")
@click.argument(
    "name", metavar="[PROCESS|TASK]", default="web", shell_complete=completion.processes
)
def command(operation: Operation, name: str) -> int:
    """Open a shell in a running task, by default one of web.

    It is a task that serves visitors: what is done there is done to them. That it was entered is
    written down, and what was typed goes to the log group `exec`.
    """
    from ops.exec_session import SHELL

    return enter(operation, name, SHELL, "a shell")


def enter(operation: Operation, name: str, words: Sequence[str], what: str) -> int:
    """Run something in a task with this terminal; `what` it is, for people."""
    from ops import approval
    from ops.exec_session import start_exec
    from ops.exec_target import TaskChooser
    from ops.journal import note
    from ops.problems import OpsError
    from ops.session_plugin import find_plugin

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
    plugin = find_plugin()
    clients, outputs = operation.clients, operation.outputs
    clients.check_account()
    target = TaskChooser(clients.ecs, outputs, operation.stack).choose(name)
    if outputs.protected:
        operation.approval.ask([f"In {operation.stack} this runs {what} in {target.name}."])
    note(operation, f"ran {what} in {target.name}")
    operation.report.say(f"{target.name}: {what}; the log group {_log(operation)} keeps it")
    return plugin.hold(start_exec(clients.ecs, target, words))


def _log(operation: Operation) -> str:
    return operation.outputs.log_group_names["exec"]
