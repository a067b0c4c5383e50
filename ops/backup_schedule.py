"""When AWS Backup makes the next recovery point, as the stack's plan says."""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from infra.cron import MONTHS, WEEKDAYS
from ops.permissions import Need

if TYPE_CHECKING:
    from mypy_boto3_backup import BackupClient

NEED = Need(
    actions=("backup:GetBackupPlan",),
    resources=("arn:{partition}:backup:{region}:{account_id}:backup-plan:{backup_plan_id}",),
)
# Four years and a day: 29 February is among them.
_DAYS = 1462


def longest_gap(backup: BackupClient, plan_id: str) -> timedelta | None:
    """The longest time that the plan's most frequent rule for snapshots leaves between two.

    None when it has no such rule, but a continuous one at most; the SDK's
    ResourceNotFoundException when there is no such plan.
    """
    rules = backup.get_backup_plan(BackupPlanId=plan_id)["BackupPlan"]["Rules"]
    gaps = [
        days_between(rule.get("ScheduleExpression", ""))
        for rule in rules
        if not rule.get("EnableContinuousBackup")
    ]
    return timedelta(days=min(gaps)) if gaps else None


def days_between(expression: str) -> int:
    """Days that lie at most between two firings of an AWS cron expression; 1 for another form."""
    fields = expression.removeprefix("cron(").removesuffix(")").split()
    # Minutes, hours, days of the month, months, days of the week, and perhaps years.
    if not expression.startswith("cron(") or len(fields) not in {5, 6}:
        return 1
    first = date(2024, 1, 1)
    days = [first + timedelta(days=number) for number in range(_DAYS)]
    try:
        fires = [day for day in days if _fires(day, *fields[2:5])]
    except ValueError:
        return 1
    return max(((later - day).days for day, later in pairwise(fires)), default=_DAYS)


def _fires(day: date, in_month: str, month: str, in_week: str) -> bool:
    if day.month not in _numbers(month, 1, 12, MONTHS):
        return False
    if in_month != "?":
        return any(_is_day_of_month(day, part) for part in in_month.split(","))
    return any(_is_day_of_week(day, part) for part in in_week.split(","))


def _is_day_of_month(day: date, part: str) -> bool:
    last = calendar.monthrange(day.year, day.month)[1]
    if part == "L":
        return day.day == last
    if part.endswith("W"):
        wanted = last if part == "LW" else min(int(part[:-1]), last)
        return day == _nearest_weekday(day.replace(day=wanted))
    return day.day in _numbers(part, 1, 31, ())


def _nearest_weekday(day: date) -> date:
    """The working day next to it within its month."""
    steps = {5: (-1, 2), 6: (1, -2)}.get(day.weekday(), (0,))
    return next(
        each for each in (day + timedelta(days=step) for step in steps) if each.month == day.month
    )


def _is_day_of_week(day: date, part: str) -> bool:
    number = day.isoweekday() % 7 + 1
    last = calendar.monthrange(day.year, day.month)[1]
    if part == "L":
        return number == len(WEEKDAYS)
    if found := re.fullmatch(r"([1-7])L", part):
        return number == int(found[1]) and day.day > last - 7
    if found := re.fullmatch(r"([1-7])#([1-5])", part):
        return number == int(found[1]) and (day.day - 1) // 7 + 1 == int(found[2])
    return number in _numbers(part, 1, 7, WEEKDAYS)


def _numbers(field: str, low: int, high: int, names: tuple[str, ...]) -> set[int]:
    """All that a field with lists, ranges and steps names."""
    found: set[int] = set()
    for part in field.split(","):
        body, slash, step = part.partition("/")
        start, dash, end = body.partition("-")
        first = low if body == "*" else _number(start, low, names)
        last = _number(end, low, names) if dash else high if slash or body == "*" else first
        found.update(range(first, last + 1, int(step) if slash else 1))
    return found


def _number(text: str, low: int, names: tuple[str, ...]) -> int:
    return names.index(text.upper()) + low if text.upper() in names else int(text)
