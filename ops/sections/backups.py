"""When the database was last backed up, and when a backup was last proved by a restore."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ops.history import when
from ops.sections.section import Section, judged

if TYPE_CHECKING:
    from mypy_boto3_backup import BackupClient

# A day, and the two hours in which AWS Backup may begin late and take its time.
OLDEST = timedelta(hours=26)
_LOOK_BACK = timedelta(days=40)
_KEPT = {"COMPLETED", "AVAILABLE"}


def section(
    backup: BackupClient,
    vault_name: str,
    database_arn: str,
    first_release: datetime | None,
    now: datetime,
) -> Section:
    """The newest recovery point; wrong when it is older than OLDEST."""
    pages = backup.get_paginator("list_recovery_points_by_backup_vault").paginate(
        BackupVaultName=vault_name, ByResourceArn=database_arn, ByCreatedAfter=now - _LOOK_BACK
    )
    points = [
        each
        for page in pages
        for each in page["RecoveryPoints"]
        # The continuous one is a single point that began once and goes on.
        if each["Status"] in _KEPT and ":continuous:" not in each["RecoveryPointArn"]
    ]
    if not points:
        is_new = first_release is None or now - first_release < OLDEST
        return Section(
            state="told" if is_new else "wrong", text="none yet", facts={"last": None, "kept": 0}
        )
    last = max(each["CreationDate"] for each in points)
    return Section(
        state=judged(now - last > OLDEST),
        text=f"{when(last, now)}, {len(points)} in the last {_LOOK_BACK.days} days",
        facts={"last": last, "kept": len(points)},
    )


def restore_test(backup: BackupClient, database_arn: str, now: datetime) -> Section:
    """The newest restore that a restore testing plan made; wrong when it failed."""
    jobs = _restore_tests(backup, database_arn)
    if not jobs:
        return Section(state="told", text="none yet", facts={"last": None})
    last = max(jobs, key=lambda job: job["CreationDate"])
    status, validation = last["Status"], last.get("ValidationStatus", "")
    said = [when(last["CreationDate"], now), status.lower()]
    if validation:
        said.append(f"validation {validation.lower().replace('_', ' ')}")
    is_wrong = status in {"FAILED", "ABORTED"} or validation in {"FAILED", "TIMED_OUT"}
    why = last.get("ValidationStatusMessage") or last.get("StatusMessage") or ""
    return Section(
        state=judged(is_wrong),
        text=", ".join(said),
        details=(why,) if is_wrong and why else (),
        facts={"last": last["CreationDate"], "status": status, "validation": validation or None},
    )


def _restore_tests(backup: BackupClient, database_arn: str) -> list[Any]:
    pages = backup.get_paginator("list_restore_jobs_by_protected_resource").paginate(
        ResourceArn=database_arn
    )
    return [
        each
        for page in pages
        for each in page["RestoreJobs"]
        if each.get("CreatedBy", {}).get("RestoreTestingPlanArn")
    ]
