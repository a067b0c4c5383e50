"""One line that a process has printed, and which lines a person wants to see."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ops.problems import OpsError

if TYPE_CHECKING:
    from mypy_boto3_logs.type_defs import FilteredLogEventTypeDef

# CloudWatch's own regular expressions take these as they are, wherever they stand in a line
# [CloudWatch Logs user guide, "Supported regular expressions (regex) syntax"]. JSON writes all of
# them as they are, too.
_PLAIN = re.compile(r"[A-Za-z0-9:_#=@/;,-]+")
# What CloudWatch's phrases cannot hold.
_UNQUOTABLE = re.compile(r'["\\\x00-\x1f]')
# JSON within JSON so deep is nobody's log line, and Python cannot print what is much deeper.
_DEEPEST = 50


@dataclass(frozen=True, kw_only=True)
class Line:
    """One event of a log: `text` as it was printed, `fields` when that is an object in JSON.

    `task` is the id of the task that printed it.
    """

    id: str
    time: datetime
    process: str
    task: str
    text: str
    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """What it says, without what stands around it."""
        return str(self.fields["message"]) if "message" in self.fields else self.text

    def to_document(self) -> dict[str, Any]:
        """For a program."""
        return {
            "time": self.time,
            "process": self.process,
            "task": self.task,
            "id": self.id,
            "text": self.text,
            "fields": self.fields,
        }


def line_of(process: str, event: FilteredLogEventTypeDef) -> Line:
    """The line of an event of that process's group; streams are `<prefix>/<container>/<task>`."""
    text = event["message"].rstrip("\r\n")
    return Line(
        id=event["eventId"],
        time=datetime.fromtimestamp(event["timestamp"] / 1000, UTC),
        process=process,
        task=event["logStreamName"].rpartition("/")[2],
        text=text,
        fields=fields_of(text),
    )


def fields_of(text: str) -> Mapping[str, Any]:
    """The members of a JSON object; none when the text is anything else, or nested too deeply."""
    if not text.startswith("{"):
        return {}
    try:
        found = json.loads(text, parse_constant=_finite, parse_float=_finite)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) and not _is_deep(text, found) else {}


def _finite(text: str) -> float:
    """ValueError for what JSON has no number for: Python writes and reads NaN and Infinity, others
    cannot read a document with such a value.
    """
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is no number in JSON")
    return number


def _is_deep(text: str, found: object) -> bool:
    """Whether there are more than _DEEPEST levels; most texts have no room for so many."""
    if text.count("{") + text.count("[") <= _DEEPEST:
        return False
    level = [found]
    for _ in range(_DEEPEST):
        within = (
            each.values() if isinstance(each, dict) else each
            for each in level
            if isinstance(each, dict | list)
        )
        level = [value for values in within for value in values]
    return any(isinstance(each, dict | list) for each in level)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which lines to show; what is empty does not matter.

    `grep` is a regular expression that the line as printed, or its message or exception, matches.
    """

    grep: str = ""
    request_id: str = ""
    task: str = ""

    def check(self) -> None:
        """OpsError when the regular expression is none."""
        try:
            re.compile(self.grep)
        except re.error as error:
            raise OpsError(
                f"--grep {self.grep!r} is no regular expression: {error}.\n"
                "Put a \\ before each of . * + ? ( ) [ ] { } | ^ $ \\ that is meant as it stands.",
                exit_code=2,
            ) from None

    @cached_property
    def _expression(self) -> re.Pattern[str]:
        return re.compile(self.grep)

    def takes(self, line: Line) -> bool:
        """Whether the line is one of those."""
        if not line.task.startswith(self.task):
            return False
        if self.request_id and not _has_request(line, self.request_id):
            return False
        return not self.grep or any(self._expression.search(text) for text in _texts(line))

    def pattern(self, *, with_expressions: bool) -> str:
        """What CloudWatch can leave out already, in its own language; empty for nothing.

        It is only ever a part of what `takes` asks: to read less, never to decide.
        `with_expressions`: regular expressions are understood, which emulated AWSs do not.
        """
        if self.request_id and not _UNQUOTABLE.search(self.request_id):
            return f'"{self.request_id}"'
        if with_expressions and _PLAIN.fullmatch(self.grep):
            return f"%{self.grep}%"
        return ""


def _has_request(line: Line, request_id: str) -> bool:
    if line.fields:
        return str(line.fields.get("request_id", "")) == request_id
    return request_id in line.text


def _texts(line: Line) -> list[str]:
    return [
        line.text,
        *(str(line.fields[name]) for name in ("message", "exception") if name in line.fields),
    ]
