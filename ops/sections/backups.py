"""When the database was last backed up, and when a backup was last proved by a restore."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ops import backup_schedule
from ops.releases.history import when
from ops.sections.section import Section, judged

if TYPE_CHECKING:
    from mypy_boto3_backup import BackupClient

    from ops.outputs import Outputs
    from release.ledger import Ledger

# AWS Backup may begin late and take its time.
DELAY = timedelta(hours=2)
_LOOK_BACK = timedelta(days=40)
_KEPT = {"COMPLETED", "AVAILABLE"}


def section(
    backup: BackupClient,
    outputs: Outputs,
    database_arn: str,
    releases: Ledger,
    now: datetime,
) -> Section:
    """The newest recovery point; wrong when the plan should have made a newer one."""
    try:
        gap = backup_schedule.longest_gap(backup, outputs.backup_plan_id)
    except backup.exceptions.ResourceNotFoundException:
        return Section(
            state="wrong",
            text=f"the plan {outputs.backup_plan_id} is gone: nothing is backed up any more",
        )
    if gap is None:
        text = "continuous only, as the plan says"
        return Section(state="told", text=text, facts={"last": None, "kept": 0})
    oldest, look_back = gap + DELAY, max(gap + DELAY, _LOOK_BACK)
    made = _points(backup, outputs.vault_name, database_arn, now - look_back)
    facts = {"last": max(made, default=None), "kept": len(made), "due_every_days": gap.days}
    if not made:
        first = releases.first()
        is_new = first is None or now - first.started_at < oldest
        return Section(state="told" if is_new else "wrong", text="none yet", facts=facts)
    last = max(made)
    return Section(
        state=judged(now - last > oldest),
        text=f"{when(last, now)}, {len(made)} in the last {look_back.days} days"
        + (f"; the plan makes one every {_days(gap)}" if now - last > oldest else ""),
        facts=facts,
    )


def _points(
    backup: BackupClient, vault_name: str, database_arn: str, since: datetime
) -> list[datetime]:
    """When those were made that can be restored."""
    pages = backup.get_paginator("list_recovery_points_by_backup_vault").paginate(
        BackupVaultName=vault_name, ByResourceArn=database_arn, ByCreatedAfter=since
    )
    return [
        each["CreationDate"]
        for page in pages
        for each in page["RecoveryPoints"]
        # The continuous one is a single point that began once and goes on.
        if each["Status"] in _KEPT and ":continuous:" not in each["RecoveryPointArn"]
    ]


def _days(gap: timedelta) -> str:
    return "day" if gap.days == 1 else f"{gap.days} days"


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
