"""A record is read from the table as it was written, whatever else lies there."""

from datetime import UTC, datetime
from typing import Any

import pytest

from release.problems import ReleaseError
from release.record import PhaseResult, Record, RestorePoint
from tests.release.records import record

FULL = record(
    number=12,
    verdict="succeeded",
    reason="serves",
    dirty=True,
    ended_at=datetime(2026, 3, 1, 12, 5, 0, 123456, tzinfo=UTC),
    phase=PhaseResult(
        task_arn="arn:aws:ecs:eu-central-1:111122223333:task/c/1",
        exit_code=0,
        outcome="succeeded",
        reason="EssentialContainerExited",
        attempt=2,
    ),
    restore_point=RestorePoint(time=datetime(2026, 3, 1, 12, 0, tzinfo=UTC), snapshot_id="s"),
    task_definitions={"web": "arn:web:3", "release": "arn:release:4"},
    expired=True,
)


@pytest.mark.parametrize("kept", [FULL, record(number=1)], ids=["full", "new"])
def test_a_record_survives_the_table(kept: Record) -> None:
    assert Record.from_item(kept.to_item()) == kept


def test_times_stay_aware_of_their_zone() -> None:
    read = Record.from_item(FULL.to_item())
    assert read.started_at.utcoffset() is not None, "comparing it with now would fail"


def test_attributes_of_a_newer_version_are_left_alone() -> None:
    item: Any = {**FULL.to_item(), "stack": {"S": "x"}, "colour": {"S": "blue"}}
    assert Record.from_item(item) == FULL


def test_a_record_that_cannot_be_read_is_named() -> None:
    item: Any = {**FULL.to_item(), "verdict": {"S": "paused"}}
    with pytest.raises(ReleaseError, match="release 12 cannot be read"):
        Record.from_item(item)


def test_a_release_is_told_apart_by_image_command_and_configuration() -> None:
    assert record().releases(record().image, record().command, "c1")
    for other in ({"image": "x"}, {"command": "x"}, {"configuration": "x"}):
        same = record(**other).releases(record().image, record().command, "c1")
        assert not same, f"a release with another {other} would be taken for this one"
