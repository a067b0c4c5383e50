"""The form of log lines: JSON for machines, text for people."""

from __future__ import annotations

import logging
from types import TracebackType

from pythonjsonlogger.json import JsonFormatter

from app.observability.redaction import trace_of

TEXT_FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
Raised = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class JsonLines(JsonFormatter):
    """A record as one line of JSON: time (UTC, ISO 8601), level, logger, message and extras."""

    def __init__(self, environment: str, release: str) -> None:
        super().__init__(
            "%(levelname)s %(name)s %(message)s",
            rename_fields={"levelname": "level", "name": "logger", "exc_info": "exception"},
            static_fields={"environment": environment} | ({"release": release} if release else {}),
            timestamp="time",
        )

    def formatException(self, ei: Raised) -> str:  # noqa: N802 - the base's name
        """The stack trace, without rows of the database."""
        return trace_of(ei[1]) if ei[1] else ""


class TextLines(logging.Formatter):
    """A record as text to read."""

    def __init__(self) -> None:
        super().__init__(TEXT_FORMAT)

    def formatException(self, ei: Raised) -> str:  # noqa: N802 - the base's name
        """The stack trace, without rows of the database."""
        return trace_of(ei[1]) if ei[1] else ""
