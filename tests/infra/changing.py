"""Configurations with some keys changed, at any depth, and what is said about them."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any, Final

from infra.problems import Problem, SettingsError
from infra.settings import load_settings
from tests.support.stacks import config_of

ABSENT: Final = object()


def changed(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Prod's configuration with dotted keys changed, added or, with ABSENT, taken out."""
    found = copy.deepcopy(config_of("prod"))
    for key, value in changes.items():
        put(found, key, value)
    return found


def put(found: dict[str, Any], key: str, value: Any) -> None:
    """Change one dotted key; numbers are positions in lists."""
    *above, last = key.split(".")
    where = place(found, above)
    if value is ABSENT:
        del where[last]
    else:
        where[int(last) if isinstance(where, list) else last] = value


def place(found: Any, path: Sequence[str]) -> Any:
    """What lies at a path."""
    for part in path:
        found = found[int(part) if isinstance(found, list) else part]
    return found


def problems_of(configuration: Mapping[str, Any]) -> list[Problem]:
    """What is said about a configuration; nothing when it is accepted."""
    try:
        load_settings(configuration)
    except SettingsError as error:
        return error.problems
    return []
