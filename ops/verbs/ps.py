"""`ps`: processes, how many run, since when, how healthy, and why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from ops import completion
from ops.permissions import NO_RESOURCE, SERVICES, TABLE, Need
from ops.sections import maintenance
from ops.tasks.needs import FIND, IN_CLUSTER
from ops.verb import Operation, verb

if TYPE_CHECKING:
    from ops.load import Load
    from ops.processes import ProcessView, TaskView

EVENTS = 3
# Enough to tell tasks apart, and to name one to `exec`; --json has all 32 characters.
SHORT_ID = 8
# What looking at services and their tasks takes.
RUNNING = (
    SERVICES,
    *FIND,
    Need(actions=("elasticloadbalancing:DescribeTargetHealth",), because=NO_RESOURCE),
    Need(
        actions=("logs:GetLogEvents",),
        resources=(
            "arn:{partition}:logs:{region}:{account_id}:log-group:/{prefix}/*:log-stream:*",
        ),
    ),
)
# What finding the services that the program has no more takes besides.
LEFT_OVER = Need(
    actions=("ecs:ListServices",),
    condition=IN_CLUSTER,
    because=f"{NO_RESOURCE}; the condition holds it to the cluster",
)
NEEDS = (
    Need(actions=("dynamodb:Query",), resources=(TABLE,)),
    *RUNNING,
    LEFT_OVER,
    maintenance.NOTICE,
    Need(actions=("cloudwatch:GetMetricData",), because=NO_RESOURCE),
    Need(
        actions=("logs:FilterLogEvents",),
        resources=(
            "arn:{partition}:logs:{region}:{account_id}:log-group:"
            "/aws/ecs/containerinsights/{cluster_name}/performance:*",
        ),
    ),
)


@verb("ps", short_help="processes")
@click.argument("process", required=False, shell_complete=completion.processes)
def command(operation: Operation, process: str | None) -> None:
    """Show what runs: all processes, or one.

    For each process how many tasks are wanted, run and pass their checks; for each task its age,
    size, release, and how busy it is; what ECS noted last; and why something does not run.
    """
    from ops import processes
    from ops.releases.history import ledger_of
    from ops.services import watched_services, with_left_over
    from release.rollout_record import release_numbers

    clients, now = operation.clients, operation.clock.now()
    outputs = with_left_over(clients.ecs, operation.outputs)
    wanted = {outputs.process(process)} if process else set(outputs.processes)
    services = [each for each in watched_services(outputs) if each.process in wanted]
    cluster, records = outputs.cluster_name, ledger_of(clients, outputs).history(RECORDS)
    looked, _ = processes.views_of(clients, cluster, services, records, now)
    busy = _load(operation, [each.service_name for each in services])
    views = [
        processes.with_load(each, *busy) for each in processes.marked(looked, operation.outputs)
    ]
    numbers = release_numbers(records)
    others = () if process else processes.one_off_tasks(clients.ecs, cluster, numbers, now)
    paused = _paused(operation, views)
    operation.report.document(
        {
            "processes": [
                {**_document(each), "stopped_by_maintenance": each.process in paused}
                for each in views
            ],
            "one_off_tasks": list(others),
        }
    )
    for view in views:
        _show(operation, view, paused.get(view.process, ""))
    if others:
        operation.report.print("one-off tasks", style="bold")
        _show_tasks(operation, others, whose=True)


# Releases whose revisions may still run.
RECORDS = 50


def _load(
    operation: Operation, service_names: Sequence[str]
) -> tuple[Mapping[str, Load], Mapping[str, Load]]:
    """Of services and of tasks; nothing, and said so, where it cannot be had."""
    from ops import load
    from ops.failures import is_about_the_login, short
    from release.aws_errors import AwsError

    clients, cluster = operation.clients, operation.outputs.cluster_name
    now = operation.clock.now()
    try:
        return (
            load.of_services(clients.cloudwatch, cluster, service_names, now),
            load.of_tasks(clients.logs, cluster, now),
        )
    except AwsError as error:
        if is_about_the_login(error):
            raise
        operation.report.say(f"How busy the tasks are is not known: {short(error)}")
        return {}, {}


def _paused(operation: Operation, views: Sequence[ProcessView]) -> Mapping[str, str]:
    """What to say of processes that a maintenance has stopped; nothing where nobody may look."""
    from ops.maintenance import notice as maintenance_notice
    from ops.releases.history import when
    from release.aws_errors import AwsError

    idle = [each.process for each in views if each.is_there and not each.desired]
    if not idle:
        return {}
    clients, outputs = operation.clients, operation.outputs
    try:
        notice = maintenance_notice.read(clients.dynamodb, outputs.releases_table_name)
    except AwsError:
        return {}
    if notice is None:
        return {}
    began = when(notice.since, operation.clock.now())
    said = f"stopped for maintenance {began}; `maintenance off` starts it again"
    return {name: said for name in idle if name in notice.stopped}


def _document(view: ProcessView) -> dict[str, Any]:
    return {**asdict(view), "events": list(map(asdict, view.events[:EVENTS])), "ok": view.is_well}


def _show(operation: Operation, view: ProcessView, paused: str) -> None:
    from ops.releases.history import when

    report = operation.report
    report.print(
        f"{'✓' if view.is_well else '✗'} {view.process}: {_headline(view, paused)}",
        style="bold green" if view.is_well else "bold red",
    )
    for line in view.why:
        report.print(f"    {line}", style="red")
    if view.tasks:
        _show_tasks(operation, view.tasks)
    now = operation.clock.now()
    for event in view.events[:EVENTS]:
        report.print(f"  {when(event.time, now)}: {event.message}", style="dim")
    report.print()


def _headline(view: ProcessView, paused: str) -> str:
    if not view.desired and not view.running:
        said = [paused or ("no task is wanted" if view.is_there else "not there")]
    else:
        said = [f"{view.running} of {view.desired} running"]
    if view.healthy is not None and view.desired:
        said.append(f"{view.healthy} healthy")
    said.append(f"release {view.release}" if view.release else view.revision)
    for what, percent in (("CPU", view.load.cpu_percent), ("memory", view.load.memory_percent)):
        if percent is not None:
            said.append(f"{what} {percent:.0f} %")
    if not view.in_program:
        said.append("no longer in the program; the next update that succeeds removes it")
    return ", ".join(filter(None, said))


def _show_tasks(operation: Operation, tasks: Sequence[TaskView], *, whose: bool = False) -> None:
    """One line a task; with `whose`, who started it."""
    from rich.text import Text

    from ops.releases.history import age

    columns = ["task", "state", "age", "size", "release", "CPU", "memory"]
    operation.report.table(
        [*columns, "started by"] if whose else columns,
        [
            (
                task.id[:SHORT_ID],
                Text(task.state, style="red" if task.state == "unhealthy" else ""),
                age(task.age_seconds),
                _size(task),
                task.release or task.revision,
                _percent(task.load.cpu_percent),
                _percent(task.load.memory_percent),
                *([task.started_by or "-"] if whose else []),
            )
            for task in tasks
        ],
    )


def _size(task: TaskView) -> str:
    spot = ", Spot" if task.on_spot else ""
    return f"{task.cpu_units / 1024:g} vCPU, {task.memory_mib} MiB{spot}"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f} %"
