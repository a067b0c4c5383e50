"""One check of `doctor`, made on its own."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from infra.problems import SettingsError
from infra.settings import Settings, load_settings
from infra.stack_files import read_stack
from ops.access import Place
from ops.checks.every import CHECKS
from ops.checks.situation import Situation
from ops.checkup import made
from ops.clients import OpsClients
from ops.names.internet import Internet
from release.clients import Access
from tests.ops.stack import ACCOUNT, PREFIX, REGION, Stack

# State, sentence and remedy.
Finding = tuple[str, str, str]
Found = list[Finding]
Look = Callable[[str], Found]
PLACE = Place(
    stack="staging",
    prefix=PREFIX,
    tags={"Project": "flaskapp", "Environment": "staging"},
    access=Access(region=REGION, account_id=ACCOUNT),
)
_KNOWN: dict[str, Settings | None] = {}


def look_at(name: str, stack: Stack, root: Path) -> Found:
    """All that the check of that name finds."""
    situation = Situation(
        stack="staging",
        root=root,
        environ=os.environ,
        place=PLACE,
        clients=OpsClients(PLACE.access, print),
        internet=Internet(),
        now=datetime.now(UTC),
        settings=_settings(root, (root / "Pulumi.staging.yaml").read_text()),
        published=stack.outputs,
    )
    check = next(each for each in CHECKS if each.name == name)
    return [(each.state, each.said, each.remedy) for each in made(check, situation).findings]


def bad(found: Found) -> Found:
    """What is not well."""
    return [each for each in found if each[0] != "ok"]


def only(found: Found) -> Finding:
    """The one thing that is not well."""
    assert len(bad(found)) == 1, found
    return bad(found)[0]


def _settings(root: Path, text: str) -> Settings | None:
    """Reading them takes longer than most checks do."""
    if text not in _KNOWN:
        try:
            _KNOWN[text] = load_settings(read_stack("staging", root))
        except SettingsError:
            _KNOWN[text] = None
    return _KNOWN[text]
