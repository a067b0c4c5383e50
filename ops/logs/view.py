"""How a line of a log looks to a person: when, who, how bad, what, and in dim the rest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ops.logs.line import Line
from release.plain_text import clean

if TYPE_CHECKING:
    from rich.text import Text

# Not red or yellow: these say that something is wrong.
_COLOURS = ("cyan", "green", "magenta", "blue", "bright_cyan", "bright_green", "bright_magenta")
_LEVELS = {"WARNING": "yellow", "ERROR": "red", "CRITICAL": "bold red"}
_LEVEL_WIDTH = len("WARNING")
TASK_DIGITS = 8
# An older line has its date.
_RECENT = timedelta(hours=12)
# Said in a place of their own, or the same in every line.
_ELSEWHERE = frozenset(
    {
        *("time", "level", "logger", "message", "environment", "release", "exception"),
        *("method", "path", "status", "route", "duration_ms", "request_id", "trace_id"),
        *("otel_trace_id", "taskName", "stack_info"),
    }
)


class LogView:
    """Lines in one form: each process has its colour, names are as wide as the longest."""

    def __init__(self, processes: Sequence[str], now: datetime) -> None:
        self._now = now
        self._width = max(map(len, processes), default=0) + 1 + TASK_DIGITS
        self._colours = {
            process: _COLOURS[place % len(_COLOURS)] for place, process in enumerate(processes)
        }

    def line(self, line: Line) -> Text:
        """The line, and below it the stack trace that it may have."""
        from rich.text import Text

        text = Text(no_wrap=True)
        text.append(f"{self._time(line)} ", "dim")
        name = f"{line.process}.{line.task[:TASK_DIGITS]}".ljust(self._width)
        text.append(f"{name} ", self._colours.get(line.process, ""))
        text.append(body(line))
        return text

    def _time(self, line: Line) -> str:
        local = line.time.astimezone()
        recent = self._now - line.time < _RECENT
        return f"{local:%H:%M:%S}" if recent else f"{local:%m-%d %H:%M:%S}"


def body(line: Line) -> Text:
    """What a line says, without when and where."""
    from rich.text import Text

    if "message" not in line.fields:
        return Text(clean(line.text))
    fields = line.fields
    level = clean(str(fields.get("level", ""))).upper()
    text = Text()
    text.append(f"{level:<{_LEVEL_WIDTH}} " if level else "", _LEVELS.get(level, "dim"))
    text.append(clean(line.message), _style_of(fields.get("status"), level))
    if rest := list(_rest(line)):
        text.append(f"  {'  '.join(rest)}", "dim")
    if exception := str(fields.get("exception") or ""):
        for row in clean(exception).splitlines():
            text.append(f"\n    {row}", "red")
    return text


def _style_of(status: object, level: str) -> str:
    if isinstance(status, int) and status >= 400:
        return "red" if status >= 500 else "yellow"
    return _LEVELS.get(level, "")


def _rest(line: Line) -> Sequence[str]:
    fields = line.fields
    said = []
    if fields.get("route") and fields.get("route") != fields.get("path"):
        said.append(clean(str(fields["route"])))
    if "duration_ms" in fields:
        said.append(f"{clean(str(fields['duration_ms']))} ms")
    said += [
        f"{clean(name)}={clean(str(value))}"
        for name, value in fields.items()
        if name not in _ELSEWHERE and value is not None
    ]
    if fields.get("request_id"):
        said.append(f"request {clean(str(fields['request_id']))}")
    return said
