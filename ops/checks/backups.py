"""Backups: how old the newest is, how far back RDS can go, and what failed lately."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from ops import backup_schedule
from ops.checks.check import Check
from ops.checks.finding import Finding, as_in_status, ok, problem
from ops.permissions import DATABASE, INSTANCE, NO_RESOURCE, TABLE, Need

if TYPE_CHECKING:
    from ops.checks.situation import Situation

NEEDS = (
    INSTANCE,
    Need(actions=("dynamodb:Query",), resources=(TABLE,)),
    Need(
        actions=("backup:ListRecoveryPointsByBackupVault",),
        resources=("arn:{partition}:backup:{region}:{account_id}:backup-vault:{vault_name}",),
    ),
    backup_schedule.NEED,
    Need(actions=("backup:ListBackupJobs",), because=NO_RESOURCE),
)
# RDS saves its log every five minutes [RDS user guide, "Restoring a DB instance to a specified
# time"].
RESTORABLE_WITHIN = timedelta(hours=1)
FAILURES_OF = timedelta(days=2)


def find(situation: Situation) -> Iterator[Finding]:
    """A backup as young as the plan promises, no failed job, a way back to an hour ago."""
    from ops.permissions import values_of
    from ops.releases.history import ledger_of
    from ops.sections import backups

    outputs, clients, now = situation.outputs, situation.clients, situation.now
    arn = DATABASE.format_map(values_of(outputs))
    yield as_in_status(
        backups.section(clients.backup, outputs, arn, ledger_of(clients, outputs), now),
        "The next lines, or AWS Backup's console, say why; until then: `aws backup "
        f"start-backup-job --backup-vault-name {outputs.vault_name} --resource-arn {arn} "
        "--iam-role-arn ROLE`",
        "last backup: ",
    )
    yield from _failures(situation)
    yield _restorable(situation)


def _failures(situation: Situation) -> Iterator[Finding]:
    pages = situation.clients.backup.get_paginator("list_backup_jobs").paginate(
        ByState="FAILED",
        ByBackupVaultName=situation.outputs.vault_name,
        ByCreatedAfter=situation.now - FAILURES_OF,
    )
    jobs = [each for page in pages for each in page["BackupJobs"]]
    if jobs:
        newest = max(jobs, key=lambda job: job["CreationDate"])
        yield problem(
            f"{len(jobs)} backup jobs failed within two days, the last at "
            f"{newest['CreationDate']:%Y-%m-%d %H:%M}: {newest.get('StatusMessage', 'no reason')}",
            "Put that right; the next scheduled job tries again",
        )


def _restorable(situation: Situation) -> Finding:
    identifier = situation.outputs.database_identifier
    answer = situation.clients.rds.describe_db_instances(DBInstanceIdentifier=identifier)
    instance = answer["DBInstances"][0]
    until = instance.get("LatestRestorableTime")
    if not instance.get("BackupRetentionPeriod") or until is None:
        return problem(
            "RDS keeps nothing to put the database back to a time",
            "Write 1 or more under database: backup-retention-days, then " + situation.way_back.up,
        )
    late = situation.now - until
    if late > RESTORABLE_WITHIN:
        return problem(
            f"the database can only be put back to {until:%Y-%m-%d %H:%M} (UTC) or before",
            "RDS has not saved its log since: see the instance's events in its console",
        )
    days = instance["BackupRetentionPeriod"]
    minutes = max(0, int(late.total_seconds() // 60))
    return ok(f"the database can be put back to any time of {days} days, up to {minutes} min ago")


CHECK = Check(name="backups", about="backups and how far back", find=find, needs=NEEDS)
