"""`logs`: what the processes print, merged in the order of time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import click

from ops import completion
from ops.permissions import SERVICES, Need
from ops.verb import Operation, verb
from ops.verbs.ps import LEFT_OVER

if TYPE_CHECKING:
    from ops.logs.events import LogReader
    from ops.logs.line import Line, Wanted
    from ops.logs.view import LogView

SHOWN = 100
NEEDS = (
    Need(
        actions=("logs:FilterLogEvents",),
        resources=("arn:{partition}:logs:{region}:{account_id}:log-group:/{prefix}/*:*",),
    ),
    SERVICES,
    LEFT_OVER,
)


@verb("logs", short_help="what the processes print")
@click.option("-f", "--follow", is_flag=True, help="Go on with lines as they come; ends by Ctrl-C.")
@click.option(
    "-p",
    "--process",
    "names",
    metavar="NAME",
    multiple=True,
    shell_complete=completion.procfile_names,
    help="Only this process; may be repeated.",
)
@click.option("--task", metavar="ID", default="", help="Only this task, by the first digits.")
@click.option(
    "--since", metavar="TIME", help="From then on: 90s, 15m, 1h30m, 2d, 2026-01-31T09:00."
)
@click.option(
    "--grep",
    metavar="EXPRESSION",
    default="",
    help="Only lines that a regular expression finds: in the line as printed, or in its message.",
)
@click.option(
    "--request-id",
    metavar="ID",
    default="",
    help="Only what one request caused, its jobs included: the answer's X-Request-ID.",
)
@click.option(
    "-n",
    "--number",
    type=click.IntRange(min=0),
    help=f"The last so many lines; {SHOWN} unless --since is given.",
)
def command(
    operation: Operation,
    follow: bool,
    names: Sequence[str],
    task: str,
    since: str | None,
    grep: str,
    request_id: str,
    number: int | None,
) -> None:
    """Show what the processes print: the last lines, and with -f all that come.

    Lines of all processes, release tasks and `run` among them, are merged in the order of time.
    A line that is a JSON object is shown as time, task, level, message, and what belongs to it;
    --json has each as it was printed, and with -f one object a line.
    """
    from ops.logs.line import Wanted
    from ops.logs.period import beginning
    from ops.logs.view import LogView

    wanted = Wanted(grep=grep, request_id=request_id, task=task.rpartition(".")[2])
    wanted.check()
    now = operation.clock.now()
    begin = beginning(since, now) if since is not None else None
    reader = _reader(operation, names, wanted, follow=follow)
    for process in reader.leaving:
        operation.report.say(
            f"{process} is no longer in the program; the next update that succeeds removes it."
        )
    known = _known(reader, begin, number, now) if follow else {}
    lines = _past(operation, reader, begin, number, now)
    view = LogView(list(reader.groups), now)
    if not follow:
        _show_all(operation, view, lines)
        return
    for line in reader.follow(lines, known, now, operation.clock):
        _show(operation, view, line)


def _reader(
    operation: Operation, names: Sequence[str], wanted: Wanted, *, follow: bool
) -> LogReader:
    from ops.logs.events import LogReader
    from ops.patience import Patience

    clients, groups = operation.clients, _groups(operation, names)
    patience = Patience(clients, operation.report.say, operation.clock, for_ever=follow)
    return LogReader(
        logs=clients.logs,
        groups=groups,
        wanted=wanted,
        ask=patience.ask,
        with_expressions=not operation.place.is_emulated,
        leaving=[name for name in groups if name not in operation.outputs.log_group_names],
    )


def _groups(operation: Operation, names: Sequence[str]) -> dict[str, str]:
    """The log groups to read, by process; OpsError for a process that there is not."""
    from ops.problems import OpsError
    from ops.services import with_left_over

    outputs = operation.outputs
    if not names or set(names) - outputs.log_group_names.keys():
        outputs = with_left_over(operation.clients.ecs, outputs)
    # Whatever runs has a task definition; the groups `exec` and `flow` are written by others.
    written = outputs.task_definition_arns.keys() & outputs.log_group_names.keys()
    known = sorted(written, key=lambda name: (name != "web", name))
    unknown = [name for name in names if name not in known]
    if unknown:
        raise OpsError(
            f"There is no process {unknown[0]!r}; there are: {', '.join(known)}.", exit_code=2
        )
    return {name: outputs.log_group_names[name] for name in known if not names or name in names}


def _known(
    reader: LogReader, begin: datetime | None, number: int | None, now: datetime
) -> Mapping[str, datetime]:
    """What is there and was not asked for, as late as a clock that is wrong could take for new."""
    from ops.logs.events import CLOCKS_APART

    edge = now - CLOCKS_APART
    is_asked_for = number != 0 and (begin is None or begin <= edge)
    return {} if is_asked_for else reader.ids_since(edge)


def _past(
    operation: Operation,
    reader: LogReader,
    begin: datetime | None,
    number: int | None,
    now: datetime,
) -> Iterable[Line]:
    """The lines to begin with, oldest first."""
    from collections import deque

    from ops.logs.events import CLOCKS_APART, WINDOWS

    if begin is not None:
        lines = reader.between(begin, now + CLOCKS_APART)
        return lines if number is None else deque(lines, maxlen=number)
    count = SHOWN if number is None else number
    found = reader.newest(count, now) if count else []
    if count and len(found) < count:
        days = WINDOWS[-1].days
        operation.report.say(
            f"No more lines within {days} days; --since {days * 4}d looks further back."
        )
    return found


def _show_all(operation: Operation, view: LogView, lines: Iterable[Line]) -> None:
    if operation.report.as_json:
        operation.report.document([line.to_document() for line in lines])
        return
    for line in lines:
        _show(operation, view, line)


def _show(operation: Operation, view: LogView, line: Line) -> None:
    if operation.report.as_json:
        operation.report.json_line(line.to_document())
    else:
        operation.report.print(view.line(line))
