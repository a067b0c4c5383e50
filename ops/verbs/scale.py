"""`scale`: how many tasks a process has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from ops import completion
from ops.permissions import NO_RESOURCE, SERVICES, Need
from ops.verb import Operation, verb
from ops.verbs.restart import DEPLOY

if TYPE_CHECKING:
    from ops.scale_plan import Change
    from ops.scaling import Scale

NEEDS = (
    SERVICES,
    DEPLOY,
    Need(actions=("application-autoscaling:DescribeScalableTargets",), because=NO_RESOURCE),
    Need(
        actions=("application-autoscaling:RegisterScalableTarget",),
        resources=(
            "arn:{partition}:application-autoscaling:{region}:{account_id}:scalable-target/*",
        ),
    ),
)


@verb("scale", changes=True, short_help="how many tasks a process has")
@click.argument(
    "wishes",
    metavar="[PROCESS=N | PROCESS=MIN:MAX]...",
    nargs=-1,
    shell_complete=completion.processes,
)
def command(operation: Operation, wishes: Sequence[str]) -> int | None:
    """Show how many tasks each process has, or change it.

    `web=3` asks for three tasks; where AWS scales the process, it may choose another number within
    its limits soon. `worker=2:8` moves these limits. What the settings' rules forbid (connections
    of the database, for one) is refused, and the stack's file stays what `pulumi up` goes by.
    """
    from ops import scale_plan, scaling
    from ops.stack_file import settings as stack_settings

    outputs, report = operation.outputs, operation.report
    config = stack_settings.read(operation.stack, operation.root)
    asked = scale_plan.parse(wishes, outputs)
    if not asked:
        _show(operation, scaling.read(operation.clients, outputs), config)
        return 0
    operation.clients.check_account()
    file_name = f"Pulumi.{operation.stack}.yaml"
    scales = scaling.read(operation.clients, outputs)
    changes = scale_plan.plan(asked, scales, config, file_name)
    if changes:
        operation.approval.ask(list(scale_plan.sentences(changes, config, file_name)))
        numbers = _scale(operation, changes)
        report.print("ECS starts or stops tasks now; `bin/ops ps` shows them.")
    else:
        numbers = {}
        report.print("That is so already; nothing was changed.")
    report.document({"changes": [_plain(each, numbers) for each in changes]})
    return 0


def _scale(operation: Operation, changes: Sequence[Change]) -> Mapping[str, int]:
    """The numbers that were asked for. Limits before numbers, all of them: stopped in between, some
    processes have the new ones and others the old: the same again does what is missing.
    """
    from ops import scaling
    from ops.journal import note
    from ops.tasks.interruptions import finished_first

    clients, outputs, asked = operation.clients, operation.outputs, dict[str, int]()
    note(operation, "; ".join(map(_in_words, changes)))
    with finished_first(
        operation.report.say, "The same command does what is missing; `bin/ops scale` shows it."
    ) as say:
        for change in changes:
            if change.limits:
                process = change.before.process
                scaling.move_limits(clients.scaling, outputs, process, change.limits)
        # AWS may have chosen another number since the plan was made.
        current = scaling.read(clients, outputs)
        for change in changes:
            process = change.before.process
            now = current.get(process, change.before).desired
            number = change.number_from(now)
            if number is not None:
                scaling.set_number(clients, outputs, process, number)
            if number != change.number:
                rest = "which stay" if number is None else f"so {number} are wanted"
                say(f"{process}: has {now} by now, {rest}.")
            asked[process] = now if number is None else number
    return asked


def _in_words(change: Change) -> str:
    said = []
    if change.limits:
        said.append(f"{change.limits} tasks by load instead of {change.before.limits}")
    if change.number is not None:
        said.append(f"{change.number} instead of {change.before.desired} tasks")
    return f"{change.before.process}: {', '.join(said)}"


def _plain(change: Change, numbers: Mapping[str, int]) -> dict[str, Any]:
    return {
        "process": change.before.process,
        "desired_before": change.before.desired,
        "desired": numbers[change.before.process],
        "limits_before": change.before.limits,
        "limits": change.limits or change.before.limits,
    }


def _show(operation: Operation, scales: Mapping[str, Scale], config: Mapping[str, Any]) -> None:
    from ops import scale_plan

    own = scale_plan.of_file(config, tuple(scales))
    operation.report.table(
        ["process", "wanted", "running", "scaled by AWS", f"Pulumi.{operation.stack}.yaml"],
        [
            (
                process,
                each.desired,
                each.running,
                f"{each.limits}{', suspended' if each.limits.suspended else ''}"
                if each.limits
                else "-",
                own[process],
            )
            for process, each in scales.items()
        ],
    )
    operation.report.document(
        [
            {
                "process": each.process,
                "desired": each.desired,
                "running": each.running,
                "limits": each.limits,
                "file": own[each.process],
            }
            for each in scales.values()
        ]
    )
