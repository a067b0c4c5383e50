"""Whose AWS credentials these are, and whether they lead to the stack's account."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ops.checks.check import Check
from ops.checks.finding import Finding, ok, problem

if TYPE_CHECKING:
    from ops.checks.situation import Situation


def find(situation: Situation) -> Iterator[Finding]:
    """Nothing that sends calls elsewhere, credentials that AWS takes, of the right account."""
    from deploy import account

    access = situation.place.access
    if situation.place.is_emulated:
        yield _emulated(situation)
        return
    callers: list[str] = []

    def identify(region: str) -> str:
        del region
        caller = situation.clients.sts.get_caller_identity()
        callers.append(caller["Arn"])
        return caller["Account"]

    missing = account.missing(access.region, access.account_id, situation.environ, identify)
    for each in missing:
        yield problem(each.what.rstrip("."), each.remedy)
    if not missing:
        yield ok(f"{callers[0]}, of the stack's account, in {access.region}")


def _emulated(situation: Situation) -> Finding:
    from release.aws_errors import AwsError

    try:
        situation.clients.sts.get_caller_identity()
    except AwsError:
        return problem(
            "the emulated AWS on this machine does not answer", f"{situation.way_back.up} starts it"
        )
    return ok("the emulated AWS on this machine answers")


CHECK = Check(
    name="login", about="AWS credentials and account", find=find, asks_aws=False, of_stack=False
)
