"""AWS's six-field cron expressions, checked before AWS sees them.

Fields: minutes hours day-of-month month day-of-week year; exactly one of the two day fields is `?`
[https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based].
"""

import re

from infra.problems import RejectedError

EXAMPLE = "cron(0 2 * * ? *)"
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_FIELDS: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("minutes", 0, 59, ()),
    ("hours", 0, 23, ()),
    ("day of month", 1, 31, ()),
    ("month", 1, 12, MONTHS),
    ("day of week", 1, 7, WEEKDAYS),
    ("year", 1970, 2199, ()),
)
_DAY_OF_MONTH, _DAY_OF_WEEK = 2, 4


def _number(text: str, low: int, high: int, names: tuple[str, ...]) -> int:
    if text.upper() in names:
        return names.index(text.upper()) + low
    # int() alone would take +5, 1_0 and digits of other scripts.
    if not re.fullmatch(r"[0-9]+", text) or not low <= int(text) <= high:
        raise ValueError(text)
    return int(text)


def _special(position: int, part: str) -> bool:
    if position == _DAY_OF_MONTH:
        return bool(re.fullmatch(r"L|LW|([1-9]|[12]\d|3[01])W", part))
    if position == _DAY_OF_WEEK:
        return bool(re.fullmatch(r"L|[1-7]L|[1-7]#[1-5]", part))
    return False


def _check_part(position: int, part: str) -> None:
    _, low, high, names = _FIELDS[position]
    if _special(position, part):
        return
    body, slash, step = part.partition("/")
    if slash and not (step.isdigit() and int(step) > 0):
        raise ValueError(part)
    if body == "*":
        return
    start, dash, end = body.partition("-")
    first = _number(start, low, high, names)
    if dash and _number(end, low, high, names) < first:
        raise ValueError(part)


def expression(text: str) -> str:
    """An AWS cron expression of six fields, one of the two for days `?`.

    Raises RejectedError, which names the field that AWS would not take.
    """
    match = re.fullmatch(r"cron\((.+)\)", text)
    fields = match[1].split() if match else []
    if len(fields) != len(_FIELDS):
        raise RejectedError(
            "cron(minutes hours day-of-month month day-of-week year) is allowed", EXAMPLE
        )
    if (fields[_DAY_OF_MONTH] == "?") == (fields[_DAY_OF_WEEK] == "?"):
        raise RejectedError("exactly one of day-of-month and day-of-week must be ?", EXAMPLE)
    for position, field in enumerate(fields):
        if field == "?" and position in (_DAY_OF_MONTH, _DAY_OF_WEEK):
            continue
        try:
            for part in field.split(","):
                _check_part(position, part)
        except ValueError as error:
            name, low, high, _ = _FIELDS[position]
            raise RejectedError(
                f"{name} takes {low} to {high}, ranges, lists, steps", EXAMPLE
            ) from error
    return text


def start_minute(text: str) -> int | None:
    """Minute of the day (UTC) at which a checked expression fires; None when more than one."""
    minutes, hours = text.removeprefix("cron(").split()[:2]
    return int(hours) * 60 + int(minutes) if minutes.isdigit() and hours.isdigit() else None


def least_gap_days(text: str) -> int:
    """Days that at least lie between two firings of a checked expression; 1 when in doubt."""
    _, _, day_of_month, month, day_of_week, _ = text.removeprefix("cron(").rstrip(")").split()
    if re.fullmatch(r"[0-9]+|[A-Za-z]{3}", month):
        return 365
    if re.fullmatch(r"[0-9]+|L|LW|[0-9]+W", day_of_month) or re.search(r"#|[0-9]L$", day_of_week):
        return 28
    return 7 if re.fullmatch(r"[0-9]|L|[A-Za-z]{3}", day_of_week) else 1
