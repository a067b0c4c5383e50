"""`docs/configuration.md` and `.env.example`, made of the table of settings."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from app.config.loading import is_secret
from app.config.names import PREFIXES
from app.config.table import SECTIONS

ROOT = Path(__file__).parents[2]
COMMAND = "python -m app.config"
COLUMNS = ("Variable", "Meaning", "Allowed", "Default", "Needed", "Secret")
INTRODUCTION = f"""\
# Configuration of the application

Every variable that the application reads. A value that is missing, malformed or misspelled stops
the start with one message that lists all of them, and exit code 2; secrets are not repeated there.
An unknown name is refused where it begins like one of these, others are ignored; an empty value
counts as none:

{{prefixes}}

On a developer's machine a file `.env` in the folder of the start is read as well; the environment
wins. `app/.env.example` is a template. What the stack sets on AWS is in
[your-application.md](your-application.md).

This page is made by `{COMMAND}`; a test fails when it is out of date.
"""


def documents() -> dict[Path, str]:
    """The text of each file that is made of the table."""
    return {
        ROOT / "docs" / "configuration.md": _page(),
        ROOT / "app" / ".env.example": _env_example(),
    }


def _page() -> str:
    prefixes = ", ".join(f"`{prefix}`" for prefix in PREFIXES)
    parts = [INTRODUCTION.format(prefixes=prefixes)]
    for section in SECTIONS:
        rows = [_row(name, field) for name, field in section.model_fields.items()]
        parts.append(f"## {_heading(section)}\n\n" + "\n".join(_table(rows)) + "\n")
    return "\n".join(parts)


def _row(name: str, field: FieldInfo) -> tuple[str, ...]:
    return (
        f"`{name.upper()}`",
        field.title or "",
        field.description or "",
        f"`{_default(field)}`" if _default(field) else "",
        _needed(field),
        "secret" if is_secret(name) else "",
    )


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    lines = [COLUMNS, ("---",) * len(COLUMNS), *rows]
    return [f"| {' | '.join(line)} |" for line in lines]


def _env_example() -> str:
    parts = [
        f"# Copy to .env and set what you need; made by `{COMMAND}`.\n"
        "# What begins with a # has a default or is not needed.\n"
    ]
    for section in SECTIONS:
        parts.append(f"\n# {_heading(section)}\n")
        parts += [_line(name, field) for name, field in section.model_fields.items()]
    return "".join(parts)


def _line(name: str, field: FieldInfo) -> str:
    value = _default(field) or (field.examples or [""])[0]
    # A shell would run it, a file would not; what is in brackets is for the message.
    value = "" if value.startswith("$(") else value.partition(" (")[0]
    mark = "" if field.is_required() else "#"
    return f"# {field.title} ({field.description})\n{mark}{name.upper()}={value}\n"


def _heading(section: type[Any]) -> str:
    return (inspect.getdoc(section) or "").splitlines()[0].rstrip(".")


def _needed(field: FieldInfo) -> str:
    extra = field.json_schema_extra
    return str(extra["needed"]) if isinstance(extra, dict) else ""


def _default(field: FieldInfo) -> str:
    if field.is_required() or field.default is None:
        return ""
    return str(field.default).lower() if isinstance(field.default, bool) else str(field.default)
