"""`run`: a command in a task of its own, with the release's configuration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from infra.procfile import RELEASE
from ops import completion
from ops.permissions import SERVICES, TABLE, Need
from ops.tasks import needs as task_needs
from ops.verb import Operation, verb
from ops.verbs.ps import LEFT_OVER

if TYPE_CHECKING:
    from ops.tasks.command_task import Command
    from ops.tasks.interruptions import Interruptions
    from release.record import Record
    from release.task_end import TaskEnd
    from release.task_run import TaskRun

# As `docker run`: the verb failed, not the command.
NOT_RUN = 125
NEEDS = (
    Need(actions=("dynamodb:Query",), resources=(TABLE,)),
    *task_needs.start("*", "*"),
    task_needs.FOLLOW,
    task_needs.LIST,
    SERVICES,
    LEFT_OVER,
    Need(
        actions=("logs:GetLogEvents",),
        resources=(
            "arn:{partition}:logs:{region}:{account_id}:log-group:/{prefix}/*:log-stream:*",
        ),
    ),
)


@verb("run", changes=True, failure_code=NOT_RUN, short_help="a command in a task of its own")
@click.option(
    "-p",
    "--process",
    metavar="NAME",
    default="web",
    show_default=True,
    shell_complete=completion.procfile_names,
    help="Whose configuration, rights and size; `release` has the database's owner.",
)
@click.option("--size", metavar="CPU/MIB", help="Another size, as 1024/4096; 1024 is one core.")
@click.option(
    "--env",
    "pairs",
    metavar="NAME=VALUE",
    multiple=True,
    help="A variable for this task alone; may be repeated. AWS shows it: no secrets.",
)
@click.option("--detach", is_flag=True, help="Start it and leave.")
@click.option("--stop", "stopped", metavar="ID", help="End a task that was started so.")
@click.argument("given", metavar="[--] COMMAND...", nargs=-1, type=click.UNPROCESSED)
def command(
    operation: Operation,
    process: str,
    size: str | None,
    pairs: Sequence[str],
    detach: bool,
    stopped: str | None,
    given: Sequence[str],
) -> int:
    """Run a command with the image and configuration of the current release.

    It gets a task of its own beside the services, in their network; what it prints is shown, and
    its exit code is returned: 125 when it was not run at all. Ctrl-C stops the task, a second one
    leaves it. The words go to the program as they are; a single one with blanks goes to `sh -c`.
    The command is written down with your name, so keep secrets out of it.
    """
    from ops.releases.current import current_release, definition_of
    from ops.releases.history import ledger_of
    from ops.tasks.command_task import Command, words_of
    from ops.tasks.size import task_size

    if stopped is not None:
        return _stop(operation, stopped)
    if not given:
        raise click.UsageError("What should run? For example: bin/ops run -- flask routes")
    environment = dict(map(_pair, pairs))
    wanted_size = task_size(size) if size else None
    caller = operation.clients.check_account()
    release = current_release(
        ledger_of(operation.clients, operation.outputs), operation.stack, operation.report.say
    )
    what = Command(
        process=process,
        task_definition=definition_of(release, process),
        words=words_of(given),
        environment=environment,
        size=wanted_size,
    )
    return _run(operation, what, release, caller, detach=detach)


def _run(operation: Operation, what: Command, release: Record, caller: str, *, detach: bool) -> int:
    from ops.journal import note
    from ops.services import with_log_of
    from ops.tasks.command_end import exit_code, sentences
    from ops.tasks.command_task import mark_of, request_of
    from ops.tasks.heard import said_if_heard
    from ops.tasks.interruptions import Interruptions
    from ops.tasks.new_task import started
    from release.task_end import task_id
    from release.task_run import TaskRun

    report = operation.report
    outputs = with_log_of(what.process, operation.clients.ecs, operation.outputs)
    plan = f"{what} in a task of its own, with release {release.number}'s {what.process}"
    has_owner = what.process == RELEASE
    if outputs.protected or has_owner:
        operation.approval.ask([f"In {operation.stack} this runs {plan}."], destructive=has_owner)
    note(operation, f"ran {plan}")
    tasks = TaskRun(request_of(outputs, what.process, what.task_definition), operation.clients)
    with Interruptions() as interruptions:
        # Whoever cannot hear must not lose the task.
        tell = said_if_heard(report.say)
        task_arn = started(tasks, mark_of(caller), what.overrides(), tell, operation.stack)
        name = task_id(task_arn)
        tell(f"Release {release.number}, {what.process}: task {name[:8]} runs {what}")
        if detach and not interruptions.count:
            _tell_how_to_go_on(operation, what, name)
            return 0
        who = caller.rpartition("/")[2]
        end, lines, interrupted = _follow(operation, tasks, task_arn, interruptions, who)
    code = exit_code(end, interrupted=interrupted)
    report.document(
        {
            "task": name,
            "release": release.number,
            "process": what.process,
            "command": list(what.words),
            "exit_code": end.exit_code,
            "reason": end.reason,
            "lines": lines,
        }
    )
    for sentence in sentences(end, interrupted=interrupted):
        report.say(sentence)
    return code


def _tell_how_to_go_on(operation: Operation, what: Command, name: str) -> None:
    operation.report.document({"task": name, "process": what.process, "command": list(what.words)})
    operation.report.print(name)
    stack = f"--stack {operation.stack}"
    operation.report.say(
        f"What it prints: bin/ops logs -f --process {what.process} --task {name[:8]} {stack}\n"
        f"To end it: bin/ops run --stop {name[:8]} {stack}"
    )


def _follow(
    operation: Operation, tasks: TaskRun, task_arn: str, interruptions: Interruptions, who: str
) -> tuple[TaskEnd, list[str], bool]:
    """How the task ended, with --json what it printed, and whether a person ended it."""
    from ops.patience import Patience
    from ops.tasks.command_task import CommandRun
    from ops.tasks.heard import said_if_heard

    report, clients, clock = operation.report, operation.clients, operation.clock
    # A closed terminal stops the task, as Ctrl-C does.
    say = said_if_heard(report.say)
    lines: list[str] = []

    def show(line: str) -> None:
        if report.as_json:
            lines.append(line)
        else:
            _show(operation, line)

    patience = Patience(clients, say, clock, for_ever=True)
    follower = CommandRun(tasks, patience, show, say, clock)
    name, stack = task_arn.rpartition("/")[2][:8], f"--stack {operation.stack}"
    try:
        end = follower.until_ended(task_arn, interruptions, who)
    except BrokenPipeError:
        raise  # It has ended, or stops.
    except BaseException:
        say(
            f"The task {name} may still run; to end it: bin/ops run --stop {name} {stack}\n"
            f"What it prints: bin/ops logs -f --task {name} {stack}\n"
            "Repeating this would start the command once more."
        )
        raise
    if not follower.is_all_shown:
        say(f"Not all that it printed was shown; all: bin/ops logs --task {name} {stack}")
    return end, lines, follower.was_told_to_stop


def _show(operation: Operation, line: str) -> None:
    """As it was printed, so that it can go to a file; readable where a person looks."""
    from ops.logs.line import Line, fields_of
    from ops.logs.view import body

    report = operation.report
    if report.out.is_terminal:
        now = operation.clock.now()
        report.print(
            body(Line(id="", time=now, process="", task="", text=line, fields=fields_of(line)))
        )
    else:
        report.pass_on(line)


def _stop(operation: Operation, name: str) -> int:
    from ops.journal import note
    from ops.tasks.running_tasks import family_of, one_off_task
    from release.task_end import task_id

    clients, outputs = operation.clients, operation.outputs
    caller = clients.check_account()
    found = one_off_task(clients.ecs, outputs.cluster_name, name)
    task = task_id(found["taskArn"])
    has_owner = family_of(found) == f"{outputs.prefix}-{RELEASE}"
    if outputs.protected or has_owner:
        plan = [f"In {operation.stack} this stops the task {task}."]
        if has_owner:
            plan.append(
                "  It is a release's phase, or a command with its rights: a migration may be under "
                "way, and the database is left as far as that has come."
            )
        operation.approval.ask(plan, destructive=has_owner)
    note(operation, f"stopped the task {task}")
    who = caller.rpartition("/")[2]
    clients.ecs.stop_task(cluster=outputs.cluster_name, task=task, reason=f"stopped by {who}")
    operation.report.document({"task": task, "stopped": True})
    operation.report.print(f"The task {task} is stopping.")
    return 0


def _pair(text: str) -> tuple[str, str]:
    import re

    name, equals, value = text.partition("=")
    if not equals or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise click.UsageError(f"--env {text!r} is no variable; write NAME=VALUE.")
    return name, value
