"""Plain values as Terraform's language."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

_REFERENCE: Final = re.compile(r"\$\{([\w.\[\]]+)\}")
_OWN_REFERENCE: Final = re.compile(r"\$\{(?!aws_[a-z0-9_]+\.)")
_INDENT: Final = "  "


def expression(value: Any, depth: int = 0) -> str:
    """A value as an expression; a text that is one reference stands without quotes."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        alone = _REFERENCE.fullmatch(value)
        return alone[1] if alone and value.startswith("${aws_") else _quoted(value)
    if isinstance(value, list):
        return f"[{', '.join(expression(item, depth) for item in value)}]"
    if isinstance(value, Mapping):
        inner = _INDENT * (depth + 1)
        lines = [
            f"{inner}{_quoted(key)} = {expression(item, depth + 1)}" for key, item in value.items()
        ]
        return "\n".join(["{", *lines, _INDENT * depth + "}"])
    return str(value)


def _quoted(text: str) -> str:
    # `${` of anything but our own references would be read as an expression.
    safe = _OWN_REFERENCE.sub("$${", text).replace("%{", "%%{")
    return json.dumps(safe, ensure_ascii=False)


def block(kind: str, body: Iterator[str] | list[str], depth: int = 0) -> Iterator[str]:
    """The lines of a block around the lines of its body."""
    yield f"{_INDENT * depth}{kind} {{"
    yield from body
    yield f"{_INDENT * depth}}}"


def assignment(name: str, value: Any, depth: int) -> str:
    """The line of an argument."""
    return f"{_INDENT * depth}{name} = {expression(value, depth)}"
