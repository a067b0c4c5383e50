"""The database: its state, and how much of it is used."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ops import metrics
from ops.metrics import Metric
from ops.sections.section import Section, judged

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_rds import RDSClient

GIB = 2**30
_SPAN = timedelta(minutes=10)
# In these it answers [RDS user guide, "Viewing Amazon RDS DB instance status"].
SERVING = frozenset(
    {
        *("available", "backing-up", "modifying", "storage-optimization"),
        *("configuring-enhanced-monitoring", "configuring-iam-database-auth"),
        *("configuring-log-exports", "resetting-master-credentials", "storage-config-upgrade"),
    }
)
# RDS adds storage below this share of free space, as long as the settings allow for more [RDS
# user guide, "Managing capacity automatically with storage autoscaling"].
FREE_PERCENT = 10
CPU_PERCENT = 90
_METRICS = {
    "cpu_percent": ("CPUUtilization", "Average"),
    "connections": ("DatabaseConnections", "Maximum"),
    "free_bytes": ("FreeStorageSpace", "Minimum"),
}


def section(
    rds: RDSClient, cloudwatch: CloudWatchClient, identifier: str, now: datetime
) -> Section:
    """Wrong when it does not answer, is busy all the time, or soon full for good."""
    try:
        found = rds.describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"][0]
    except rds.exceptions.DBInstanceNotFoundFault:
        return Section(state="wrong", text=f"RDS knows none of the name {identifier}")
    asked = {
        key: Metric(
            namespace="AWS/RDS",
            name=name,
            dimensions={"DBInstanceIdentifier": identifier},
            statistic=statistic,
        )
        for key, (name, statistic) in _METRICS.items()
    }
    values = metrics.read(cloudwatch, asked, _SPAN, now)
    measured = {key: (numbers[0] if numbers else None) for key, numbers in values.items()}
    size, most = found["AllocatedStorage"], found.get("MaxAllocatedStorage", 0)
    facts = {
        "status": found["DBInstanceStatus"],
        "class": found["DBInstanceClass"],
        "storage_gib": size,
        "max_storage_gib": most or size,
        "free_gib": None if measured["free_bytes"] is None else measured["free_bytes"] / GIB,
        "cpu_percent": measured["cpu_percent"],
        "connections": measured["connections"],
    }
    details = tuple(_faults(facts))
    return Section(state=judged(bool(details)), text=_line(facts), details=details, facts=facts)


def _faults(facts: dict[str, Any]) -> list[str]:
    faults = []
    if facts["status"] not in SERVING:
        faults.append(f"it is {facts['status']}, and may not answer")
    if (facts["cpu_percent"] or 0) > CPU_PERCENT:
        faults.append(f"its CPU is {facts['cpu_percent']:.0f} % busy")
    free, size = facts["free_gib"], facts["storage_gib"]
    if free is not None and free < size * FREE_PERCENT / 100 and size >= facts["max_storage_gib"]:
        faults.append(
            f"{free:.1f} GiB are free and it may not grow: write more under "
            "database: max-storage-gib, then `make up`"
        )
    return faults


def _line(facts: dict[str, Any]) -> str:
    said = [facts["status"]]
    if facts["cpu_percent"] is not None:
        said.append(f"CPU {facts['cpu_percent']:.0f} %")
    if facts["connections"] is not None:
        said.append(f"{facts['connections']:.0f} connections")
    if facts["free_gib"] is not None:
        said.append(f"{facts['free_gib']:.1f} of {facts['storage_gib']} GiB free")
    return ", ".join(said)
