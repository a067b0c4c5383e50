"""`release info N`: one release in full, and what is left of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from ops.permissions import NO_RESOURCE, RESTORE_POINTS, SERVICES, TABLE, Need
from ops.problems import OpsError
from ops.verb import Operation, group, verb
from ops.verbs.releases import REPOSITORY

if TYPE_CHECKING:
    from ops.releases.parts import RestoreState
    from release.record import Record, RestorePoint

# Enough to find what was meant; older ones are asked for by number alone.
NAMED = 10
NEEDS = (
    Need(actions=("dynamodb:Query",), resources=(TABLE,)),
    Need(actions=("ecr:DescribeImages",), resources=(REPOSITORY,)),
    SERVICES,
    Need(actions=("ecs:DescribeTaskDefinition",), because=NO_RESOURCE),
    *RESTORE_POINTS,
)


@verb("release info", short_help="one release in full")
@click.argument("number", type=int, required=False)
def info(operation: Operation, number: int | None) -> None:
    """Show one release, the newest without a NUMBER.

    What was released from where and by whom, how its release phase and its rollout ended, and what
    is left of it: image, task definitions, restore point of the database.
    """
    record = _find(operation, number)
    facts = _left_of(operation, record)
    operation.report.document({**asdict(record), **facts})
    for name, line in _lines(operation, record, facts):
        operation.report.print(f"{name + ':':<18}{line}" if name else line)


command = group("release", [info], "One release: `release info 14`, or `release 14`.")


def _find(operation: Operation, number: int | None) -> Record:
    from ops.releases.history import ledger_of

    ledger = ledger_of(operation.clients, operation.outputs)
    known = []
    for record in ledger.newest_first():
        if number in (None, record.number):
            return record
        known.append(record.number)
    if not known:
        raise OpsError(f"{operation.stack} has no release yet.")
    named = ", ".join(map(str, known[:NAMED]))
    more = f", and older ones down to {known[-1]}" if len(known) > NAMED else ""
    raise OpsError(f"There is no release {number}; there are: {named}{more}.", exit_code=2)


def _left_of(operation: Operation, record: Record) -> dict[str, Any]:
    """What AWS still has of it, by the names under which --json tells it."""
    from ops.releases import parts as release_parts
    from release import deployments

    clients, outputs = operation.clients, operation.outputs
    names = list(outputs.service_names.values())
    services = deployments.describe(clients.ecs, outputs.cluster_name, names)
    running = {each.revision for one in services.values() for each in one.deployments}
    served = record.task_definitions
    point = record.restore_point
    return {
        "image_state": release_parts.image_states(clients.ecr, outputs, [record.image])[
            record.image
        ],
        "missing_task_definitions": release_parts.missing_revisions(clients.ecs, served.values()),
        "serving": sorted(name for name, arn in served.items() if arn in running),
        "restore_state": _restore_state(operation, point) if point else None,
    }


def _restore_state(operation: Operation, point: RestorePoint) -> RestoreState | None:
    """What the point is worth; None, and said so, where RDS does not tell: the rest counts more."""
    from ops.failures import is_about_the_login, short
    from ops.releases import parts as release_parts
    from release.aws_errors import AwsError

    identifier = operation.outputs.database_identifier
    try:
        return release_parts.restore_state(operation.clients.rds, identifier, point)
    except AwsError as error:
        if is_about_the_login(error):
            raise
        operation.report.say(f"Whether the restore point can be used is not known: {short(error)}")
        return None


def _lines(
    operation: Operation, record: Record, facts: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """What it says, with a name before each line."""
    from ops.releases.history import MARKS, when, who

    now = operation.clock.now()
    yield "", f"{MARKS[record.verdict]} {record.title} of {operation.stack}"
    yield "verdict", ": ".join(filter(None, (record.verdict, record.reason)))
    never = "nothing" if record.verdict in {"failed", "running"} else "nothing any more"
    yield "serves", ", ".join(facts["serving"]) or never
    yield "started", f"{when(record.started_at, now)} by {who(record)}{_took(record)}"
    yield "commit", _commit(record)
    yield "image", f"{record.image} ({facts['image_state']})"
    yield "configuration", record.configuration
    yield "migrations", record.schema or "unknown"
    yield "release phase", _phase(record)
    yield "restore point", _restore_point(record, facts)
    missing = facts["missing_task_definitions"]
    for process, arn in sorted(record.task_definitions.items()):
        revision = arn.rpartition("/")[2]
        yield process, f"{revision}{' (gone)' if revision in missing else ''}"


def _took(record: Record) -> str:
    from ops.releases.history import age

    if record.ended_at is None:
        return ", not ended"
    return f", took {age((record.ended_at - record.started_at).total_seconds())}"


def _commit(record: Record) -> str:
    if not record.commit:
        return "unknown"
    changed = ", with changes that were not committed" if record.dirty else ""
    return f"{record.commit[:12]} of {record.author}{changed}"


def _phase(record: Record) -> str:
    phase = record.phase
    said: list[str] = [phase.outcome]
    if phase.exit_code is not None:
        said.append(f"exit code {phase.exit_code}")
    if phase.attempt > 1:
        said.append(f"attempt {phase.attempt}")
    return ", ".join(said) + (f": {phase.reason}" if phase.reason else "")


def _restore_point(record: Record, facts: Mapping[str, Any]) -> str:
    point, state = record.restore_point, facts["restore_state"]
    if point is None:
        return "none was taken: no migration changed, or the database keeps no backups"
    return f"{point.time.astimezone():%Y-%m-%d %H:%M:%S} ({state.text if state else 'not known'})"
