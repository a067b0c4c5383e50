"""The task that a session goes through: one of web where that is allowed, else a console."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from infra.procfile import CONSOLE, WEB

if TYPE_CHECKING:
    from ops.sessions.exec_target import Target
    from ops.tasks.size import TaskSize
    from ops.verb import Operation


@contextmanager
def console(
    operation: Operation,
    caller: str,
    purpose: str,
    *,
    size: TaskSize | None = None,
    is_agreed: bool = False,
) -> Iterator[Target]:
    """A console task of the release that serves, for as long as this is entered.

    `purpose` is why, as `for a shell`; with `is_agreed` a person has just said yes to that.
    """
    from ops.journal import note
    from ops.patience import Patience
    from ops.problems import OpsError
    from ops.releases.current import console_of, current_release
    from ops.releases.history import ledger_of
    from ops.sessions.console import MARK, Console
    from ops.tasks.command_task import mark_of, request_of
    from ops.tasks.heard import said_if_heard
    from release.task_run import TaskRun

    if operation.place.is_emulated:
        raise OpsError(
            "The emulated AWS has no Session Manager, through which tasks are entered.\n`bin/ops "
            "run -- COMMAND` runs a command there, and `bin/ops psql` reaches its database without."
        )
    clients, outputs, report = operation.clients, operation.outputs, operation.report
    clock = operation.clock
    release = current_release(ledger_of(clients, outputs), operation.stack, report.say)
    definition = console_of(release, outputs, operation.stack)
    what = f"a console task of release {release.number} {purpose}"
    if outputs.protected and not is_agreed:
        operation.approval.ask(
            [f"In {operation.stack} this starts {what}, with web's configuration and rights."]
        )
    note(operation, f"started {what}")
    tasks = TaskRun(request_of(outputs, CONSOLE, definition), clients)
    patience = Patience(clients, said_if_heard(report.say), clock, for_ever=False)
    made = Console(tasks, patience, report.say, clock)
    with made.opened(outputs.cluster_name, size, mark_of(caller, MARK)) as target:
        yield target


@contextmanager
def relay(operation: Operation, caller: str, *, is_agreed: bool) -> Iterator[Target]:
    """A task that leads to the database, for as long as this is entered.

    Tasks of web do where people may enter them; elsewhere a console is started for it.
    """
    from ops.sessions.exec_target import TaskChooser

    chooser = TaskChooser(operation.clients.ecs, operation.outputs, operation.stack)
    if target := chooser.any_ready(WEB):
        yield target
        return
    with console(operation, caller, "for the database", is_agreed=is_agreed) as target:
        yield target
