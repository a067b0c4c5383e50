"""A rollback goes past the engine; what the engine says of it then, in previews and updates.

The program is the part of the stack's that is about this, so that an update takes seconds.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from release import rollback_notice
from release.rollback_notice import RollbackNotice
from tests.engine.running import Stack

pytestmark = [
    pytest.mark.engine,
    pytest.mark.parametrize("stack", ["staging"], indirect=True),
]

TABLE = "flaskapp-staging-releases"
PROGRAM = f"""
import pulumi
from infra.components.gate import Gate, GateArgs
from infra.components.ledger import Ledger, LedgerArgs
from infra.components.rollback_notice import RollbackNotice, RollbackNoticeArgs
from infra.config import read_config
from infra.naming import ROLLOUT_GATE
from infra.provider import create_provider
from infra.release_steps import announce_rollout
from infra.settings import load_settings

settings = load_settings(read_config())
opts = pulumi.ResourceOptions(providers=[create_provider(settings)])
ledger = Ledger("n", LedgerArgs(table_name="{TABLE}", kms_key_arn=None, protect=False), opts)
notice = RollbackNotice("n", RollbackNoticeArgs(table_name=ledger.table_name), opts)
gate = GateArgs(
    table_name=ledger.table_name,
    number=ROLLOUT_GATE,
    passes={{"web": str(settings.service.grace_seconds), "worker": "the same"}},
    needs={{}},
    work=lambda _needs: pulumi.log.info("the rollout is watched"),
    announce=announce_rollout,
    after=[],
    known={{"rollback": notice.in_force}},
)
Gate("n-rollout", gate, opts)
"""
NOTICE = RollbackNotice(
    release=14,
    back_to=11,
    described=13,
    who="arn:aws:sts::123456789012:assumed-role/deploy/ada",
    time=datetime(2026, 3, 1, 12, 0, tzinfo=UTC),
    processes=("web", "worker"),
)
BACK = (
    "; web, worker would go from release 11, which a rollback brings back, to what the program "
    "describes"
)


@dataclass(frozen=True)
class Preview:
    """What would be done, by name, and what was said."""

    changes: tuple[str, ...]
    said: str


def _preview(stack: Stack, *options: str) -> Preview:
    planned = json.loads(stack.run(*stack.of_stack("preview", "--json", *options)))
    changed = (each for each in planned["steps"] if each["op"] not in ("same", "refresh"))
    said: list[dict[str, Any]] = planned.get("diagnostics", [])
    return Preview(
        changes=tuple(f"{each['op']} {each['urn'].rpartition('::')[2]}" for each in changed),
        said="\n".join(f"{each['severity']}: {each['message']}" for each in said),
    )


def _keep(stack: Stack, notice: RollbackNotice | None) -> None:
    assert rollback_notice.keep(stack.client("dynamodb"), TABLE, notice)


def test_each_preview_and_update_says_what_a_rollback_has_done(stack: Stack) -> None:
    program = stack.folder / "__main__.py"
    program.unlink()
    program.write_text(PROGRAM)
    stack.up()

    _keep(stack, NOTICE)
    unchanged = _preview(stack)
    assert "warning: A rollback is in force: release 11 serves again" in unchanged.said
    assert not unchanged.changes, "a rollback is undone by whoever updates next"
    assert "A rollback is in force" in stack.up(), "an update without a preview says nothing"

    stack.change({"service.grace-seconds": 22})
    changed = _preview(stack)
    assert changed.changes == ("update n-rollout",), "an update that changes nothing ended it"
    assert "rollout: new tasks of web would replace the old ones" in changed.said
    assert BACK in changed.said
    stack.change({"service.grace-seconds": 15})

    refreshed = _preview(stack, "--refresh")
    assert refreshed.changes == ("update n-rollout",), (
        "services go back to the program's tasks and nobody watches, or the notice is written over"
    )
    assert f"rollout: all processes would be watched{BACK}" in refreshed.said
    refresh = stack.of_stack("up", "--refresh", "--yes", "--skip-preview")
    assert "the rollout is watched" in stack.run(*refresh)

    _keep(stack, None)
    assert _preview(stack) == Preview((), ""), "it warns of what is no more"

    _keep(stack, NOTICE)
    done = stack.destroy()
    assert done.returncode == 0, done.stdout[-3000:]
