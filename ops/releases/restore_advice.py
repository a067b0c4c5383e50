"""What a person must know of the database before older code runs on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ops.outputs import Outputs
    from ops.releases.parts import RestoreState
    from ops.releases.rollback_plan import RollbackPlan
    from release.record import Record, RestorePoint


def lines(plan: RollbackPlan, outputs: Outputs, state: RestoreState | None) -> Iterator[str]:
    """Whether the target's code fits the database, and how to have it as it was.

    `state` is what the restore point is worth today, None where AWS did not say.
    """
    number = plan.target.number
    if plan.is_safe:
        yield (
            f"Database: no migration that release {number} does not know has run since, so its "
            "code fits the database as it is."
        )
        return
    yield f"Database: {_migrations(plan.migrated, number)}"
    yield (
        "  A rollback leaves the database as it is. That is safe only if those migrations kept "
        "what the older code uses."
    )
    first = plan.migrated[0]
    if first.restore_point is None:
        yield f"  No restore point was noted before release {first.number}."
        return
    yield from _restore(first, first.restore_point, outputs, state)


def _migrations(migrated: Sequence[Record], number: int) -> str:
    numbers = ", ".join(str(each.number) for each in migrated)
    releases = f"release{'s' if len(migrated) > 1 else ''} {numbers}"
    if any(not each.schema for each in migrated):
        return f"nobody noted which migrations {releases} ran; release {number} may not know them."
    return f"{releases} ran migrations that release {number} does not know."


def _restore(
    record: Record, point: RestorePoint, outputs: Outputs, state: RestoreState | None
) -> Iterator[str]:
    time = point.time.astimezone(UTC)
    worth = f" ({state.text})" if state else ""
    yield (f"  Restore point before release {record.number}: {time:%Y-%m-%d %H:%M:%S} UTC{worth}.")
    if state and not (state.possible or state.soon):
        return
    source = outputs.database_identifier
    copy = f"{source}-before-{record.number}"
    once = " as soon as RDS's backups reach it" if state and state.soon else ""
    yield (
        f"  To have the database of that time too, restore it beside this one{once}; what was "
        "written since is not in it:"
    )
    if point.snapshot_id:
        yield (
            f"    aws rds restore-db-instance-from-db-snapshot --region {outputs.region} "
            f"--db-snapshot-identifier {point.snapshot_id} --db-instance-identifier {copy}"
        )
    else:
        yield (
            f"    aws rds restore-db-instance-to-point-in-time --region {outputs.region} "
            f"--source-db-instance-identifier {source} --target-db-instance-identifier {copy} "
            f"--restore-time {time:%Y-%m-%dT%H:%M:%SZ}"
        )
    yield (f"  Give the copy the subnet group, security groups and parameter group of {source}.")
