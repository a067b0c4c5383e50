"""A point in the past as a person writes it: `90s`, `1h30m`, `2d`, or a date."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from ops.problems import OpsError

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_SPAN = re.compile(r"(?:\d+[smhdw])+")


def beginning(text: str, now: datetime) -> datetime:
    """The time that is meant, aware of its zone; a date without a zone is this machine's.

    OpsError when it is none, or not in the past.
    """
    word = text.strip()
    time = now - _span(word, now, text) if _SPAN.fullmatch(word) else _date(word, text)
    if time > now:
        raise OpsError(f"{text!r} is not in the past; it is {now.astimezone():%Y-%m-%dT%H:%M} now.")
    return time


def _span(word: str, now: datetime, text: str) -> timedelta:
    parts: dict[str, int] = {}
    for number, unit in re.findall(r"(\d+)([smhdw])", word):
        parts[_UNITS[unit]] = parts.get(_UNITS[unit], 0) + int(number)
    try:
        span = timedelta(**parts)
        now - span
    except OverflowError:
        raise OpsError(f"{text!r} is longer ago than there are dates.", exit_code=2) from None
    return span


def _date(word: str, text: str) -> datetime:
    try:
        time = datetime.fromisoformat(word)
    except ValueError:
        raise OpsError(
            f"{text!r} is no time. Write how long ago, as 90s, 15m, 1h30m or 2d, or a date as "
            "2026-01-31 or 2026-01-31T09:00, in UTC with a Z behind it.",
            exit_code=2,
        ) from None
    return time.astimezone() if time.tzinfo is None else time
