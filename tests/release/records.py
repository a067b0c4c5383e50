"""Records for tests."""

from dataclasses import replace
from typing import Any

from release.record import Record
from tests.release.fake_clock import BEGIN

IMAGE = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/app@sha256:aa"
A_RECORD = Record(
    image=IMAGE,
    configuration="c1",
    schema="s1",
    command="flask deploy",
    commit="0123456789abcdef",
    author="A Developer <dev@example.com>",
    dirty=False,
    deployed_by="arn:aws:sts::111122223333:assumed-role/deploy/ci",
    started_at=BEGIN,
)


def record(**changes: Any) -> Record:
    return replace(A_RECORD, **changes)
