"""The stack's settings as its file has them, and what a change of them would break."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from infra import naming
from infra.problems import Problem, SettingsError
from infra.settings import load_settings
from infra.stack_files import StackFileError, read_stack, stacks
from ops.problems import OpsError

# As long as the stacks that come with this program allow; for a file that does not tell.
ROLLOUT_SECONDS = 600


def read(stack: str, root: Path) -> Mapping[str, Any]:
    """The file's keys without namespace; OpsError when it cannot be read."""
    try:
        return read_stack(stack, root)
    except StackFileError as error:
        raise OpsError(str(error), exit_code=2) from error


def longer_prefixes(prefix: str, root: Path) -> tuple[str, ...]:
    """What the names of other stacks begin with, where that begins like this one's names.

    A file that cannot be read is somebody else's trouble.
    """
    found = set()
    for stack in stacks(root):
        with suppress(StackFileError, KeyError):
            config = read_stack(stack, root)
            found.add(f"{naming.prefix(config['app-name'], config['stage'])}-")
    return tuple(sorted(each for each in found - {f"{prefix}-"} if each.startswith(f"{prefix}-")))


def rollout_seconds(config: Mapping[str, Any]) -> int:
    """How long a rollout may take. Something else that is wrong with the file is no hindrance."""
    section = config.get("release")
    seconds = section.get("rollout-timeout-seconds") if isinstance(section, Mapping) else None
    return seconds if isinstance(seconds, int) and seconds > 0 else ROLLOUT_SECONDS


def with_values(
    config: Mapping[str, Any], values: Mapping[Sequence[str], object]
) -> Mapping[str, Any]:
    """The settings with other values, each under its path of keys."""
    changed = copy.deepcopy(dict(config))
    for path, value in values.items():
        block: Any = changed
        for key in path[:-1]:
            if not isinstance(block.get(key), dict):
                block[key] = {}
            block = block[key]
        block[path[-1]] = value
    return changed


def broken_by(config: Mapping[str, Any], changed: Mapping[str, Any]) -> Sequence[Problem]:
    """The rules that hold for the settings as they are, and would not for the changed ones."""
    before = {str(problem) for problem in _problems(config)}
    return [problem for problem in _problems(changed) if str(problem) not in before]


def _problems(config: Mapping[str, Any]) -> Sequence[Problem]:
    try:
        load_settings(config)
    except SettingsError as error:
        return error.problems
    return ()
