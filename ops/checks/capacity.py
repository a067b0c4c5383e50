"""How much of the database is left: connections and storage."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from ops.checks.check import Check
from ops.checks.finding import Finding, ok, problem, unknown, warning
from ops.permissions import INSTANCE, NO_RESOURCE, Need

if TYPE_CHECKING:
    from mypy_boto3_rds.type_defs import DBInstanceTypeDef

    from ops.checks.situation import Situation

NEEDS = (INSTANCE, Need(actions=("cloudwatch:GetMetricData",), because=NO_RESOURCE))
# The most within so long counts: a rollout has twice the connections, for minutes.
SPAN = timedelta(hours=24)
PERIOD_SECONDS = 3600
MOST_PERCENT = 80
GIB = 2**30


def find(situation: Situation) -> Iterator[Finding]:
    """Fewer connections than the database has, storage that is free or may grow."""
    identifier = situation.outputs.database_identifier
    answer = situation.clients.rds.describe_db_instances(DBInstanceIdentifier=identifier)
    instance = answer["DBInstances"][0]
    connections, free_bytes = _measured(situation)
    yield _connections(instance, connections, situation)
    yield _storage(instance, free_bytes, situation)


def _measured(situation: Situation) -> tuple[float | None, float | None]:
    """Most connections of the last day, least free bytes of the last hour; None if unmeasured."""
    from ops import metrics
    from ops.metrics import Metric

    dimensions = {"DBInstanceIdentifier": situation.outputs.database_identifier}
    asked = {
        name: Metric(
            namespace="AWS/RDS",
            name=name,
            dimensions=dimensions,
            statistic=statistic,
            period_seconds=PERIOD_SECONDS,
        )
        for name, statistic in (("DatabaseConnections", "Maximum"), ("FreeStorageSpace", "Minimum"))
    }
    found = metrics.read(situation.clients.cloudwatch, asked, SPAN, situation.now)
    most, free = found["DatabaseConnections"], found["FreeStorageSpace"]
    return max(most, default=None), next(iter(free), None)


def _connections(instance: DBInstanceTypeDef, most: float | None, situation: Situation) -> Finding:
    from infra.connections import allowed_connections
    from infra.problems import RejectedError

    if most is None:
        return unknown("how many connections there were is not known: nothing was measured")
    name = instance["DBInstanceClass"]
    try:
        allowed = allowed_connections(name)
    except RejectedError:
        return unknown(f"{most:.0f} connections at most; how many {name} takes is not known here")
    reserved = situation.settings.database.reserved_connections if situation.settings else 0
    budget = allowed - reserved
    said = f"{most:.0f} connections at most within a day, of {budget} that {name} leaves tasks"
    if most < budget * MOST_PERCENT / 100:
        return ok(said)
    judge = problem if most >= budget else warning
    return judge(
        said,
        "Fewer tasks or threads (autoscaling: max-tasks, service: threads), or a larger database: "
        "instance-class",
    )


def _storage(
    instance: DBInstanceTypeDef, free_bytes: float | None, situation: Situation
) -> Finding:
    from ops.sections.database import FREE_PERCENT

    if free_bytes is None:
        return unknown("how much storage is free is not known: nothing was measured")
    size = instance["AllocatedStorage"]
    most, free = instance.get("MaxAllocatedStorage", 0) or size, free_bytes / GIB
    said = f"{free:.1f} of {size} GiB are free, and it may grow to {most} GiB"
    if free >= size * FREE_PERCENT / 100:
        return ok(said)
    remedy = f"Write more under database: max-storage-gib, then {situation.way_back.up}"
    if size >= most:
        return problem(f"{free:.1f} of {size} GiB are free, and it may not grow", remedy)
    return warning(f"{said}: RDS adds some by itself, six hours apart at least", remedy)


CHECK = Check(name="capacity", about="connections and storage", find=find, needs=NEEDS)
