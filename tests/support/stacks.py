"""The stacks of this project as the tests see them: from their real YAML files, recorded once."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from infra.settings import Settings, load_settings
from infra.stack_files import read_stack
from planning import lazy_packages
from planning.plan import ROOT, Plan, make_plan
from planning.recording import Recording, record

# Before the program imports the provider: its EC2 package warns of what it imports, and warnings
# are errors here.
lazy_packages.install()

NAMES = ("staging", "prod", "emulated")


@cache
def plan_of(stack: str) -> Plan:
    """The plan of a stack as it stands in the repository."""
    return make_plan(stack)


def config_of(stack: str, changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A stack's configuration with some keys changed: `{"database.multi-az": True}`."""
    config: dict[str, Any] = {
        key: dict(value) if isinstance(value, Mapping) else value
        for key, value in read_stack(stack, ROOT).items()
    }
    for key, value in (changes or {}).items():
        section, _, name = key.partition(".")
        if name:
            config[section][name] = value
        else:
            config[section] = value
    return config


def settings_of(stack: str, changes: Mapping[str, Any] | None = None) -> Settings:
    """A stack's settings with some keys changed."""
    return load_settings(config_of(stack, changes))


def recorded(
    stack: str, changes: Mapping[str, Any] | None = None, *, unknowns: bool = False
) -> Recording:
    """What a stack declares with some keys changed."""
    from infra.stack import deploy

    settings = settings_of(stack, changes)
    return record(lambda: deploy(settings), stack=stack, unknowns=unknowns)
