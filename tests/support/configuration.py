"""Configurations of stacks with some keys changed, at any depth."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from pydantic import SecretStr

ABSENT: Final = object()


def put(found: dict[str, Any], key: str, value: Any) -> None:
    """Change one dotted key, or take it out with ABSENT; numbers are positions in lists.

    `{"secure": text}` stands for an encrypted value, as in a stack's file.
    """
    *above, last = key.split(".")
    where = place(found, above)
    if value is ABSENT:
        del where[last]
    else:
        where[int(last) if isinstance(where, list) else last] = revealed(value)


def revealed(value: Any) -> Any:
    """A value as the engine would hand it over: what is encrypted is a SecretStr."""
    if isinstance(value, dict):
        if set(value) == {"secure"}:
            return SecretStr(value["secure"])
        return {key: revealed(inner) for key, inner in value.items()}
    return value


def place(found: Any, path: Sequence[str]) -> Any:
    """What lies at a path."""
    for part in path:
        found = found[int(part) if isinstance(found, list) else part]
    return found


def keys_of(value: Any, path: str = "") -> Iterator[str]:
    """Dotted keys of a configuration; entries of lists and addresses are values, not keys."""
    if not isinstance(value, dict) or not value or path == "aws-endpoints":
        yield path
        return
    for key, inner in value.items():
        yield from keys_of(inner, f"{path}.{key}" if path else key)
