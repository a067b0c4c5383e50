"""`rollback`: an earlier release's tasks again, watched to the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import click

from infra.naming import GATES_PARTITION
from ops.permissions import NO_RESOURCE, RESTORE_POINTS, TABLE, Need
from ops.tasks.needs import pass_roles
from ops.verb import Operation, verb
from ops.verbs.ps import RUNNING
from ops.verbs.releases import REPOSITORY
from ops.verbs.restart import DEPLOY

if TYPE_CHECKING:
    from ops.releases.parts import ImageState, RestoreState
    from ops.releases.rollback_plan import RollbackPlan
    from release.record import Record
    from release.rollout import RolloutRequest

# New tasks run under the roles of the release: whoever starts them must be allowed to give these.
PASS_ROLES = pass_roles("*")
NEEDS = (
    Need(actions=("dynamodb:Query",), resources=(TABLE,)),
    Need(
        actions=("dynamodb:PutItem",),
        resources=(TABLE,),
        condition={"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": "{prefix}"}},
    ),
    Need(
        actions=("dynamodb:UpdateItem",),
        resources=(TABLE,),
        condition={"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": GATES_PARTITION}},
    ),
    *RUNNING,
    DEPLOY,
    PASS_ROLES,
    Need(actions=("ecs:DescribeTaskDefinition",), because=NO_RESOURCE),
    Need(
        actions=("secretsmanager:DescribeSecret",),
        resources=("arn:{partition}:secretsmanager:{region}:{account_id}:secret:{prefix}-*",),
    ),
    Need(actions=("ecr:DescribeImages",), resources=(REPOSITORY,)),
    *RESTORE_POINTS,
)


@verb("rollback", changes=True, short_help="an earlier release's tasks again")
@click.argument("number", type=click.IntRange(min=1), required=False)
def command(operation: Operation, number: int | None) -> int | None:
    """Go back to release NUMBER, or to the one before the release that serves.

    Its task definitions, and so its image, variables and secrets, run again. It is watched and
    judged as any rollout, and is a release with a number of its own. The database stays as it is:
    what that means is said first.
    """
    from ops.journal import note
    from ops.releases import rollback_facts

    clients, outputs, report = operation.clients, operation.outputs, operation.report
    clients.check_account()
    found, agreed = _look(operation, number), None
    while found != agreed:
        plan = found.plan
        if agreed:
            report.say("Meanwhile something else has happened; this is how it stands now.")
        if plan.serves_already:
            report.print(f"Release {plan.target.number} serves already; nothing was changed.")
            report.document({"serves": plan.serving, "changed": False})
            return 0
        image = rollback_facts.must_be_whole(clients, outputs, plan.target, report.say)
        state = rollback_facts.restore_state(clients, outputs, plan, report.say)
        operation.approval.ask(list(_sentences(operation, found, image, state)), destructive=True)
        # A question may stand for an hour, in which others release.
        found, agreed = _look(operation, number), found
    note(operation, f"rollback to release {plan.target.number} from {plan.serving.title}")
    _go_back(operation, found, state)
    return 0


@dataclass(frozen=True, kw_only=True)
class _Found:
    """The releases, newest first, what runs, and what to do about it."""

    history: Sequence[Record]
    running: Mapping[str, str]
    plan: RollbackPlan


def _look(operation: Operation, number: int | None) -> _Found:
    from ops.releases import rollback_plan
    from ops.releases.history import ledger_of
    from release import deployments

    clients, outputs = operation.clients, operation.outputs
    names = outputs.service_names
    found = deployments.describe(clients.ecs, outputs.cluster_name, list(names.values()))
    primaries = {process: found[names[process]].primary for process in outputs.processes}
    running = {process: each.revision for process, each in primaries.items() if each}
    history = ledger_of(clients, outputs).history()
    plan = rollback_plan.plan(history, running, number)
    return _Found(history=history, running=running, plan=plan)


def _go_back(operation: Operation, found: _Found, state: RestoreState | None) -> None:
    """Roll the target out. Interrupted, ECS goes on and the record stays open: the same again
    finds both, and watches to the end.
    """
    from ops.tasks.asking import Asking
    from ops.tasks.heard import said_if_heard
    from ops.tasks.interruptions import closed_terminal_is_ctrl_c
    from release import rollback_notice, rollout

    report, plan, number = operation.report, found.plan, found.plan.target.number
    request, asking = _request(operation, found), Asking()
    say = said_if_heard(report.say)
    with closed_terminal_is_ctrl_c():
        try:
            made = rollout.watch(request, operation.clients, say, operation.clock, asking)
        except KeyboardInterrupt:
            say(asking.what_was_left(request.again))
            raise
    report.print(f"Release {number} serves again, as release {made.number}.")
    notice = rollback_notice.of(made, found.history, operation.outputs.processes)
    report.print(
        f"Until `pulumi up` changes something, which brings back what the program describes "
        f"(release {notice.described}), previews warn of this: correct the program first."
        if notice
        else "It is what the program describes: `pulumi up` goes on from it."
    )
    report.document(
        {
            "changed": True,
            "release": made,
            "program_describes": notice.described if notice else number,
            "database_fits": plan.is_safe,
            "migrated_by": [each.number for each in plan.migrated],
            "restore_point": plan.before_migrations and plan.before_migrations.restore_point,
            "restore_state": state and asdict(state),
        }
    )


def _request(operation: Operation, found: _Found) -> RolloutRequest:
    from infra.procfile import ONE_OFF
    from ops.services import watched_services
    from ops.stack_file import settings as stack_settings
    from release.rollout import RolloutRequest

    outputs, target = operation.outputs, found.plan.target
    settings = stack_settings.read(operation.stack, operation.root)
    return RolloutRequest(
        prefix=outputs.prefix,
        table_name=outputs.releases_table_name,
        cluster=outputs.cluster_name,
        services=watched_services(outputs, found.plan.revisions(found.running)),
        timeout_seconds=stack_settings.rollout_seconds(settings),
        image=target.image,
        command=target.command,
        configuration=target.configuration,
        schema=target.schema,
        one_off_task_definitions={
            name: arn for name, arn in target.task_definitions.items() if name in ONE_OFF
        },
        root=operation.root,
        back_to=target,
        newest=found.history[0],
        again=f"bin/ops rollback {target.number} --stack {operation.stack}",
    )


def _sentences(
    operation: Operation, found: _Found, image: ImageState | None, state: RestoreState | None
) -> Iterator[str]:
    """What will be done, and what that means."""
    from ops.releases import restore_advice
    from ops.releases.history import when, who

    plan, target, now = found.plan, found.plan.target, operation.clock.now()
    begun = "Going on with the rollback" if plan.resumed else "Rollback"
    of_commit = f"commit {target.commit[:12]}, " if target.commit else ""
    yield (
        f"{begun} of {operation.stack} to release {target.number} ({of_commit}"
        f"{when(target.started_at, now)} by {who(target)}), from {plan.serving.title}:"
    )
    if plan.unfinished:
        yield (
            f"{plan.unfinished.title.capitalize()} has not ended: an update is under way, which "
            "will then fail as overtaken, or one was interrupted."
        )
        if plan.unfinished.phase.attempt and plan.unfinished.phase.outcome == "running":
            yield "Its release task may still be at work on the database, and goes on to its end."
    yield from plan.changes(found.running)
    if image == "elsewhere":
        yield f"Image: {target.image} is not in this stack's repository; nobody looked for it."
    if target.configuration != plan.serving.configuration:
        yield (
            "Variables and secrets: those of that release. What was changed since has its old "
            "value again."
        )
    yield from restore_advice.lines(plan, operation.outputs, state)
