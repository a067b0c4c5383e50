"""`restart`: new tasks of what runs, watched to the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from ops import completion
from ops.permissions import TABLE, Need
from ops.problems import OpsError
from ops.verb import Operation, verb
from ops.verbs.ps import LEFT_OVER, RUNNING

if TYPE_CHECKING:
    from ops.outputs import Outputs
    from release.deployments import Service
    from release.rollout_watch import Ending, RolloutWatch

DEPLOY = Need(
    actions=("ecs:UpdateService",),
    resources=("arn:{partition}:ecs:{region}:{account_id}:service/{cluster_name}/*",),
)
NEEDS = (Need(actions=("dynamodb:Query",), resources=(TABLE,)), *RUNNING, LEFT_OVER, DEPLOY)


@verb("restart", changes=True, short_help="new tasks of what runs")
@click.argument("processes", nargs=-1, shell_complete=completion.processes)
def command(operation: Operation, processes: Sequence[str]) -> int | None:
    """Replace the tasks of PROCESSES, or of all, by new ones of the same release.

    Old tasks serve until new ones are healthy. It is watched as a rollout is, and fails as one.
    """
    from ops.journal import note
    from ops.services import with_left_over
    from release import deployments

    clients, report = operation.clients, operation.report
    outputs = with_left_over(clients.ecs, operation.outputs)
    chosen = [outputs.process(name) for name in dict.fromkeys(processes)] or outputs.processes
    clients.check_account()
    names = {process: outputs.service_names[process] for process in chosen}
    found = deployments.describe(clients.ecs, outputs.cluster_name, list(names.values()))
    states = {process: found[name] for process, name in names.items()}
    _must_be_there(states)
    wanted = {process: state for process, state in states.items() if state.desired}
    for process in states.keys() - wanted.keys():
        report.say(f"{process}: no task is wanted, so there is none to replace.")
    if not wanted:
        report.print("Nothing to restart.")
        report.document({"restarted": []})
        return 0
    operation.approval.ask(list(_sentences(wanted)))
    note(operation, f"restart of {', '.join(wanted)}")
    _restart(operation, outputs, wanted)
    return 0


def _restart(operation: Operation, outputs: Outputs, states: Mapping[str, Service]) -> None:
    """Ask ECS and watch. Interrupted, ECS goes on with what it was asked for, and the same again
    watches that.
    """
    from ops.releases.history import ledger_of
    from ops.services import watched_services
    from ops.stack_file import settings as stack_settings
    from release import failure_report
    from release.rollout_record import release_numbers
    from release.rollout_watch import RolloutWatch

    clients, report = operation.clients, operation.report
    revisions = {name: each.primary.revision for name, each in states.items() if each.primary}
    watching = RolloutWatch(
        outputs.cluster_name,
        watched_services(outputs, revisions),
        stack_settings.rollout_seconds(stack_settings.read(operation.stack, operation.root)),
        clients,
        report.say,
        operation.clock,
    )
    again = f"bin/ops restart {' '.join(states)} --stack {operation.stack}"
    ending = _watched(operation, watching, again)
    if ending.reason:
        numbers = release_numbers(ledger_of(clients, outputs).history())
        title = f"The restart of {operation.stack} failed: {ending.reason.rstrip('.')}."
        raise OpsError(
            failure_report.write(
                title, ending.views, numbers, outputs.cluster_name, clients.logs, again
            )
        )
    report.print(f"Restarted: {ending.serving}.")
    report.document(
        {
            "restarted": [
                {
                    "process": view.aim.process,
                    "revision": view.aim.revision,
                    "running": view.look.service.running,
                }
                for view in ending.views
            ]
        }
    )


def _watched(operation: Operation, watching: RolloutWatch, again: str) -> Ending:
    """How it ended. Ctrl-C counts when ECS has been asked for all of it, the second at once."""
    from ops.tasks.asking import Asking
    from ops.tasks.heard import said_if_heard
    from ops.tasks.interruptions import closed_terminal_is_ctrl_c

    asking = Asking()
    try:
        with closed_terminal_is_ctrl_c():
            with asking:
                aims = watching.ask_for_new_tasks()
            return watching.until_judged(aims)
    except KeyboardInterrupt:
        said_if_heard(operation.report.say)(
            f"ECS goes on with what it was asked for. To go on watching: {again}"
            if asking.is_done
            else f"ECS may not have been asked for all of them. To go on: {again}"
        )
        raise


def _must_be_there(states: Mapping[str, Service]) -> None:
    from ops.services import MADE_BY

    gone = [process for process, each in states.items() if each.status != "ACTIVE"]
    if gone:
        raise OpsError(
            f"ECS has no service for {', '.join(gone)}: {MADE_BY}.\nNothing was changed."
        )


def _sentences(states: Mapping[str, Service]) -> Iterator[str]:
    from release.deployments import short

    yield "New tasks replace the old ones, which serve until the new ones are healthy:"
    for process, state in states.items():
        of_what = f" of {short(state.primary.revision)}" if state.primary else ""
        yield f"  {process}: {state.desired} {'task' if state.desired == 1 else 'tasks'}{of_what}"
