"""The last release, and whether what was rolled back or interrupted waits for somebody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ops.checks.check import Check
from ops.checks.finding import Finding, as_in_status, warning
from ops.permissions import TABLE, Need

if TYPE_CHECKING:
    from ops.checks.situation import Situation
    from release.record import Record

NEEDS = (Need(actions=("dynamodb:Query",), resources=(TABLE,)),)
RECORDS = 20


def find(situation: Situation) -> Iterator[Finding]:
    """The newest release has succeeded, or is under way for no longer than it may be."""
    from ops.releases import unfinished
    from ops.releases.history import ledger_of, when
    from ops.sections import release

    outputs, now = situation.outputs, situation.now
    records = ledger_of(situation.clients, outputs).history(RECORDS)
    longest = unfinished.longest(situation.settings)
    if records and unfinished.is_stuck(records[0], longest, now):
        number, began = records[0].number, when(records[0].started_at, now)
        yield warning(
            f"release {number} began {began} and nothing says how it ended: it was interrupted",
            f"{_again(records[0], situation)} goes on with it",
        )
        return
    remedy = (
        f"`bin/ops release info {records[0].number} --stack {situation.stack}` says why; put that "
        f"right, then {_again(records[0], situation)}"
        if records
        else f"{situation.way_back.up} makes the first one"
    )
    yield as_in_status(release.section(records, now, longest), remedy)


def _again(record: Record, situation: Situation) -> str:
    """What finishes the release; an update would bring back what a rollback went away from."""
    if record.rollback_to:
        return f"`bin/ops rollback {record.rollback_to} --stack {situation.stack}`"
    return situation.way_back.up


CHECK = Check(name="releases", about="the last release", find=find, needs=NEEDS)
