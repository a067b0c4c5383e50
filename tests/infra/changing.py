"""What is said about prod's configuration with some keys changed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.problems import Problem, SettingsError
from infra.settings import load_settings
from tests.support.stacks import PROCFILE, config_of


def changed(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Prod's configuration with dotted keys changed, added or, with ABSENT, taken out."""
    return config_of("prod", changes)


def problems_of(configuration: Mapping[str, Any], procfile: Path = PROCFILE) -> list[Problem]:
    """What is said about a configuration; nothing when it is accepted."""
    try:
        load_settings(configuration, procfile)
    except SettingsError as error:
        return error.problems
    return []
