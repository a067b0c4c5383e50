"""The stacks that rules are tested on, recorded once.

They are those of tests/reference, the files as the project is delivered with them: a team's own
values, processes and application change no test. What must hold for their own files is tested by
test_stack_files and test_prod_safety.
"""

import copy
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from infra.settings import Settings, load_settings
from infra.stack_files import read_stack
from planning import lazy_packages
from planning.plan import ROOT, Plan, make_plan
from planning.recording import Recording, record
from tests.support.configuration import put

# Before the program imports the provider: its EC2 package warns of what it imports, and warnings
# are errors here.
lazy_packages.install()

NAMES = ("staging", "prod", "emulated")
REFERENCE = ROOT / "tests" / "reference"
PROCFILE = REFERENCE / "Procfile"


@cache
def plan_of(stack: str) -> Plan:
    """The plan of a stack of the reference."""
    return make_plan(stack, REFERENCE, PROCFILE)


@cache
def own_plan(stack: str) -> Plan:
    """The plan of a stack as its own file and the application's Procfile have it."""
    return make_plan(stack)


def own_settings(stack: str) -> Settings:
    """The settings of a stack as its own file has them."""
    return own_plan(stack).settings


def config_of(stack: str, changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A stack's configuration with some keys changed: `{"processes.worker.spot": True}`."""
    config = copy.deepcopy(dict(_read(stack)))
    for key, value in (changes or {}).items():
        put(config, key, value)
    return config


@cache
def _read(stack: str) -> Mapping[str, Any]:
    return read_stack(stack, REFERENCE)


def settings_of(
    stack: str, changes: Mapping[str, Any] | None = None, procfile: Path = PROCFILE
) -> Settings:
    """A stack's settings with some keys changed."""
    return load_settings(config_of(stack, changes), procfile)


def recorded(
    stack: str,
    changes: Mapping[str, Any] | None = None,
    *,
    unknowns: bool = False,
    procfile: Path = PROCFILE,
) -> Recording:
    """What a stack declares with some keys changed."""
    from infra.stack import deploy

    settings = settings_of(stack, changes, procfile)
    return record(lambda: deploy(settings, procfile), stack=stack, unknowns=unknowns)
