"""What a YAML scalar without quotes means to the engine, which reads YAML 1.2 with some of 1.1.

Found out with `pulumi config --json` (3.200), whose values are those that a program gets: `on` and
`1:30` are texts, `010` is eight, `1e3` a whole number, and a date becomes Go's text of it.
"""

import math
import re
from datetime import datetime
from decimal import Decimal

_NAMED: dict[str, bool | float | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_OCTAL = re.compile(r"[+-]?0[oO]?[0-7]+")
_WHOLE = re.compile(r"[+-]?(0[xX][0-9a-fA-F]+|0[bB][01]+|0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[+-]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][+-]?[0-9]+)?")
# With a T a zone must stand behind it, with a blank none may.
_MOMENT = re.compile(
    r"(?P<day>\d{4}-\d{1,2}-\d{1,2})"
    r"((?P<gap>[Tt ])(?P<time>\d{1,2}:\d{1,2}:\d{1,2})(?P<part>\.\d{1,9})?"
    r"(?P<zone>Z|[+-]\d{2}:\d{2})?)?",
    re.ASCII,
)
_INT64, _UINT64 = 2**63, 2**64
# From here on Go's JSON writes an exponent, which makes it no whole number.
_EXPONENT_FROM = 1e21


def meaning(text: str) -> bool | int | float | str | None:
    """The value of `text`, as the engine hands it to the program."""
    if text in _NAMED:
        return _NAMED[text]
    if not (text[0] in "+-." or text[0].isdecimal()):
        return text
    moment = _moment(text)
    if moment:
        return moment
    number = _number(text if text[0] == "." else text.replace("_", ""))
    return text if number is None else number


def name(key: object) -> str:
    """A key, which is always a text to the program."""
    if key is None:
        return "<nil>"
    return str(key).lower() if isinstance(key, bool) else str(key)


def _number(text: str) -> int | float | None:
    whole = None
    if _OCTAL.fullmatch(text):
        whole = int(text, 8)
    elif _WHOLE.fullmatch(text):
        whole = int(text, 0)
    if whole is not None and -_INT64 <= whole < _INT64:
        return whole
    if whole is not None and 0 <= whole < _UINT64:
        return _through_json(float(whole))
    if _FLOAT.fullmatch(text) and math.isfinite(float(text)):
        return _through_json(float(text))
    return None


def _through_json(number: float) -> int | float:
    """A float as JSON brings it: whole when nothing stands behind its point."""
    if number.is_integer() and abs(number) < _EXPONENT_FROM:
        return int(Decimal(repr(number)))
    return number


def _moment(text: str) -> str:
    """Go's text of a date, with or without a time; empty for everything else."""
    found = _MOMENT.fullmatch(text)
    if not found or (found["gap"] in ("T", "t")) != bool(found["zone"]):
        return ""
    try:
        moment = datetime.strptime(  # noqa: DTZ007 - the zone is kept as the text that it is
            f"{found['day']} {found['time'] or '0:0:0'}", "%Y-%m-%d %H:%M:%S"
        )
    except ValueError:
        return ""
    zone = (found["zone"] or "Z").replace(":", "")
    part = (found["part"] or "").rstrip("0").rstrip(".")
    return f"{moment:%Y-%m-%d %H:%M:%S}{part} " + ("+0000 UTC" if zone == "Z" else f"{zone} {zone}")
