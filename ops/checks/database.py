"""The database: its state, and what waits to be applied to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ops.checks.check import Check
from ops.checks.finding import Finding, ok, problem, warning
from ops.permissions import DATABASE, INSTANCE, Need

if TYPE_CHECKING:
    from mypy_boto3_rds.type_defs import DBInstanceTypeDef, PendingMaintenanceActionTypeDef

    from ops.checks.situation import Situation

NEEDS = (
    INSTANCE,
    Need(actions=("rds:DescribePendingMaintenanceActions",), resources=(DATABASE,)),
)
# A certificate is changed by a restart of a minute or two, which wants to be planned.
CERTIFICATE_SOON = timedelta(days=60)
# It will not come back by itself [RDS user guide, "Viewing Amazon RDS DB instance status"].
STUCK = {
    "storage-full": "it is full and takes no more: write more under database: max-storage-gib and "
    "storage-gib, then `make up`",
    "failed": "RDS gives it up: restore it from a backup",
    "inaccessible-encryption-credentials": "its KMS key cannot be used: enable the key, or cancel "
    "its deletion",
    "inaccessible-encryption-credentials-recoverable": "its KMS key cannot be used: enable the "
    "key, then `aws rds start-db-instance`",
    "incompatible-parameters": "its parameters do not fit: correct them, then reboot it",
    "incompatible-network": "its subnets have no addresses left, or are gone",
    "incompatible-restore": "the restore did not fit",
    "restore-error": "the restore failed",
    "stopped": "somebody stopped it: `aws rds start-db-instance`",
}


def find(situation: Situation) -> Iterator[Finding]:
    """It is available, and no change, restart or maintenance waits."""
    rds, identifier = situation.clients.rds, situation.outputs.database_identifier
    instance = rds.describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"][0]
    found = [
        *_state(instance, situation),
        *_pending(instance, situation),
        *_certificate(instance, situation),
        *_maintenance(situation, instance["DBInstanceArn"]),
    ]
    yield from found
    if not found:
        version = instance.get("EngineVersion", "")
        yield ok(f"Postgres {version} is available, and no change waits")


def _state(instance: DBInstanceTypeDef, situation: Situation) -> Iterator[Finding]:
    from ops.sections.database import SERVING

    status = instance["DBInstanceStatus"]
    if status in STUCK:
        yield problem(f"the database is {status}", STUCK[status])
    elif status not in SERVING:
        yield warning(
            f"the database is {status}, and may not answer for some minutes",
            f"Wait, then look again: `bin/ops status --stack {situation.stack}`",
        )


def _pending(instance: DBInstanceTypeDef, situation: Situation) -> Iterator[Finding]:
    """Changes that RDS has taken, and applies in the maintenance window or at a restart."""
    values: dict[str, Any] = dict(instance.get("PendingModifiedValues", {}))
    window = instance.get("PreferredMaintenanceWindow", "its maintenance window")
    if values:
        shown = ", ".join(f"{key} {_shown(key, value)}" for key, value in sorted(values.items()))
        yield warning(
            f"changes of the database wait for {window} (UTC): {shown}",
            "Wait for that, or write `apply-immediately: true` under database: in "
            f"{situation.way_back.file_name}, then {situation.way_back.up}",
        )
    groups = [
        each["DBParameterGroupName"]
        for each in instance.get("DBParameterGroups", ())
        if each.get("ParameterApplyStatus") == "pending-reboot"
    ]
    if groups:
        yield warning(
            f"parameters of {', '.join(groups)} wait for a restart of the database",
            "At a quiet time: "
            f"`aws rds reboot-db-instance --db-instance-identifier "
            f"{situation.outputs.database_identifier}`",
        )


def _shown(key: str, value: object) -> str:
    return "(hidden)" if "Password" in key else str(value)


def _certificate(instance: DBInstanceTypeDef, situation: Situation) -> Iterator[Finding]:
    """What proves the database's name to tasks that demand it."""
    until = instance.get("CertificateDetails", {}).get("ValidTill")
    if until is not None and until - situation.now < CERTIFICATE_SOON:
        yield problem(
            f"the database's certificate is valid until {until:%Y-%m-%d} only",
            "Restart the database at a quiet time, which gives it a new one: `aws rds "
            f"reboot-db-instance --db-instance-identifier {situation.outputs.database_identifier}`",
        )


def _maintenance(situation: Situation, arn: str) -> Iterator[Finding]:
    answer = situation.clients.rds.describe_pending_maintenance_actions(ResourceIdentifier=arn)
    for resource in answer["PendingMaintenanceActions"]:
        for action in resource.get("PendingMaintenanceActionDetails", ()):
            yield warning(
                f"AWS wants to do {action.get('Action', 'maintenance')} on the database"
                f"{_when(action)}: {action.get('Description', 'it gives no reason')}",
                "Let it come, or choose the time: `aws rds apply-pending-maintenance-action "
                f"--resource-identifier {arn} --apply-action {action.get('Action', '')} "
                "--opt-in-type immediate`",
            )


def _when(action: PendingMaintenanceActionTypeDef) -> str:
    if "ForcedApplyDate" in action:
        return f" by {action['ForcedApplyDate']:%Y-%m-%d} at the latest"
    planned = action.get("CurrentApplyDate") or action.get("AutoAppliedAfterDate")
    return f" from {planned:%Y-%m-%d} on" if planned else ""


CHECK = Check(name="database", about="state and waiting changes", find=find, needs=NEEDS)
