"""Rules of recovery: RDS's windows, AWS Backup's rules and its vault."""

from collections.abc import Iterator

from infra import checks, cron
from infra.checks import DAY_MINUTES
from infra.problems import Problem
from infra.sections import Backup, Database

# AWS Backup cannot start an RDS job during the maintenance window or in the hour before it
# [AWS Backup developer guide, "Amazon RDS backups"].
BACKUP_LEAD_MINUTES = 60


def windows_are_apart(database: Database) -> Iterator[Problem]:
    """RDS's backup window does not meet the maintenance window."""
    daily = checks.daily_window(database.backup_window)
    weekly = checks.weekly_window(database.maintenance_window)
    if checks.windows_overlap(daily, weekly):
        later = (weekly[0] % DAY_MINUTES - 120) % DAY_MINUTES
        yield Problem(
            "database.backup-window",
            f'"{database.backup_window}"',
            f"a window apart from maintenance-window ({database.maintenance_window}) is allowed",
            f"{_clock(later)}-{_clock(later + 60)}",
        )


def _clock(minute: int) -> str:
    return f"{minute // 60 % 24:02d}:{minute % 60:02d}"


def backups_start_outside_maintenance(backup: Backup, database: Database) -> Iterator[Problem]:
    """No snapshot rule fires in the maintenance window or in the hour before it."""
    start, length = checks.weekly_window(database.maintenance_window)
    blocked = ((start - BACKUP_LEAD_MINUTES) % checks.WEEK_MINUTES, length + BACKUP_LEAD_MINUTES)
    for position, rule in enumerate(backup.rules):
        minute = cron.start_minute(rule.cron)
        if minute is not None and checks.windows_overlap((minute, 1), blocked):
            good = (blocked[0] - 120) % DAY_MINUTES
            yield Problem(
                f"backup.rules.{position}.cron",
                f'"{rule.cron}"',
                f"a start outside {database.maintenance_window} and the hour before is allowed",
                "cron(" + " ".join([f"{good % 60} {good // 60}", *rule.cron.split()[2:]]),
            )


def continuous_backup_agrees(backup: Backup, database: Database) -> Iterator[Problem]:
    """AWS Backup takes over RDS's own retention, so both numbers are one."""
    if backup.continuous_days and backup.continuous_days != database.backup_retention_days:
        yield Problem(
            "database.backup-retention-days",
            str(database.backup_retention_days),
            f"backup.continuous-days ({backup.continuous_days}) is allowed, as AWS Backup sets it",
            str(backup.continuous_days),
        )


def backup_rule_names_differ(backup: Backup) -> Iterator[Problem]:
    """Rules are told apart by their names, and `continuous` is taken."""
    names = ["continuous", *(rule.name for rule in backup.rules)]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Problem(
            "backup.rules.name", f'"{name}" twice', "each name once is allowed", f"{name}-2"
        )


def vault_is_not_contradictory(backup: Backup) -> Iterator[Problem]:
    """A locked vault cannot be emptied by a destroy."""
    if backup.vault_lock and backup.vault_force_destroy:
        yield Problem(
            "backup.vault-force-destroy", "true", "false is allowed with vault-lock", "false"
        )


def something_is_kept(backup: Backup) -> Iterator[Problem]:
    """AWS takes no backup plan without a rule."""
    if not backup.rules and not backup.continuous_days:
        yield Problem(
            "backup.rules",
            "[]",
            "one rule or more, or continuous-days, is needed",
            '[{"name": "daily", "cron": "cron(0 2 * * ? *)", "keep-days": 7}]',
        )


def points_overlap(backup: Backup) -> Iterator[Problem]:
    """A recovery point outlives the time until the next one."""
    for position, rule in enumerate(backup.rules):
        gap = cron.least_gap_days(rule.cron)
        if rule.keep_days <= gap:
            yield Problem(
                f"backup.rules.{position}.keep-days",
                str(rule.keep_days),
                f"more than the days between two snapshots ({gap}) is allowed, "
                "else there is a time without any",
                str(gap + 1),
            )


BACKUP_RULES = (
    windows_are_apart,
    backups_start_outside_maintenance,
    continuous_backup_agrees,
    backup_rule_names_differ,
    vault_is_not_contradictory,
    something_is_kept,
    points_overlap,
)
