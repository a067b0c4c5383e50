"""`releases` and `release info`: what was released, when, by whom, how it ended, what is left."""

import dataclasses
import json
from datetime import timedelta
from typing import Any

import pytest

from ops import journal
from ops.report import Report
from ops.verb import Operation
from release.record import PhaseResult, RestorePoint
from tests.ops.calls import Calls, check_needs
from tests.ops.conftest import Ops
from tests.ops.running import Running
from tests.ops.stack import NOW, PREFIX, RELEASES, Stack, client, definition_arn, image


@pytest.fixture
def images(aws: Calls) -> None:
    """The repository still has the images of the last two releases."""
    aws.answer(
        "ecr:DescribeImages",
        {
            "imageDetails": [
                {"imageDigest": image(number).partition("@")[2], "imagePushedAt": NOW}
                for number in (RELEASES - 1, RELEASES)
            ]
        },
    )


@pytest.fixture
def backups(aws: Calls) -> None:
    """RDS can go back to any moment since the day before the last release."""
    begin = NOW - timedelta(days=1, hours=1)
    window = {"RestoreWindow": {"EarliestTime": begin, "LatestTime": NOW}}
    aws.answer("rds:DescribeDBInstanceAutomatedBackups", {"DBInstanceAutomatedBackups": [window]})


def _row(out: str, number: int) -> str:
    return next(line for line in out.splitlines() if line.split()[1:2] == [str(number)])


@pytest.mark.usefixtures("images")
class TestTheList:
    def test_the_newest_comes_first_with_who_released_it(self, ops: Ops, stack: Stack) -> None:
        done = ops("releases")
        assert done.code == 0, done.err
        numbers = [line.split()[1] for line in done.out.splitlines() if line.startswith("✓")]
        assert numbers == ["3", "2", "1"], done.out
        assert "ada" in _row(done.out, 3)

    def test_each_says_whether_its_image_is_still_there(self, ops: Ops, stack: Stack) -> None:
        out = ops("releases").out
        assert "there" in _row(out, 2)
        assert "gone" in _row(out, 1), "nobody can go back to it"

    def test_a_snapshot_is_named_as_the_restore_point(self, ops: Ops, stack: Stack) -> None:
        point = RestorePoint(time=NOW, snapshot_id=f"{PREFIX}-release-3")
        stack.ledger.update(stack.records[2], restore_point=point)
        stack.ledger.update(stack.records[1], restore_point=None)
        out = ops("releases").out
        assert f"{PREFIX}-release-3" in _row(out, 3)
        assert " -  " in _row(out, 2)

    def test_a_rollback_says_what_it_went_back_to(
        self, ops: Ops, stack: Stack, running: Running
    ) -> None:
        stack.ledger.open(dataclasses.replace(stack.records[1], rollback_to=2))
        assert _row(ops("releases").out, 4).rstrip().endswith("back to release 2: succeeded")

    def test_one_that_failed_says_why(self, ops: Ops, stack: Stack) -> None:
        failed = dataclasses.replace(
            stack.records[-1], verdict="failed", reason="web: 3 new tasks failed", dirty=True
        )
        stack.ledger.open(failed)
        row = _row(ops("releases").out, 4)
        assert row.startswith("✗")
        assert row.rstrip().endswith("web: 3 new tasks failed")
        assert "00000000*" in row, "the commit alone does not say what was released"

    def test_a_program_gets_every_field(self, ops: Ops, stack: Stack) -> None:
        found = json.loads(ops("releases", "--json", "-n", "1").out)
        assert [record["number"] for record in found] == [3]
        assert found[0]["task_definitions"]["web"].endswith(":3")
        assert found[0]["image_state"] == "there"

    def test_a_stack_without_one_says_so(self, ops: Ops, stack: Stack) -> None:
        _forget_all(stack)
        assert ops("releases").out == "staging has no release yet.\n"
        assert json.loads(ops("releases", "--json").out) == []

    def test_it_needs_what_it_asks(self, ops: Ops, stack: Stack, calls: list[str]) -> None:
        ops("releases")
        check_needs("releases", calls)


class TestChangesByHand:
    def test_each_says_when_who_and_what(self, ops: Ops, stack: Stack) -> None:
        operation = Operation("scale", "staging", Report(as_json=False))
        journal.note(operation, "web: from 1 to 3 tasks")
        done = ops("releases", "--by-hand")
        (line,) = [line for line in done.out.splitlines() if "scale" in line]
        assert line.split() == [
            *(line.split()[0], "s", "ago", "moto", "scale"),
            *("web:", "from", "1", "to", "3", "tasks"),
        ]
        (found,) = json.loads(ops("releases", "--by-hand", "--json").out)
        assert (found["verb"], found["what"]) == ("scale", "web: from 1 to 3 tasks")

    def test_none_is_said(self, ops: Ops, stack: Stack) -> None:
        assert ops("releases", "--by-hand").out == "Nothing was changed by hand in staging.\n"


def test_an_image_of_another_repository_is_elsewhere(ops: Ops, stack: Stack, images: None) -> None:
    stack.ledger.update(stack.records[2], image="docker.io/library/flask:1")
    assert "elsewhere" in _row(ops("releases").out, 3)


def test_releases_are_shown_though_the_role_may_not_look_for_images(
    ops: Ops, stack: Stack, aws: Calls
) -> None:
    aws.refuse("ecr:DescribeImages", "AccessDeniedException")
    done = ops("releases")
    assert done.code == 0
    assert "?" in _row(done.out, 3)
    assert "Whether images are still there is not known: your role may not" in done.err


def test_a_stack_that_is_not_there_is_said_to_be_missing(ops: Ops, stack: Stack) -> None:
    done = ops("releases", stack="prod")
    assert done.code == 1
    assert "There is no stack prod in this account and region (us-east-1)" in done.err
    assert "make up STACK=prod" in done.err
    assert "there are: prod, staging" in ops("releases", stack="qa").err


@pytest.mark.usefixtures("images", "backups", "running")
class TestOneInFull:
    def test_the_newest_is_meant_when_no_number_is_named(self, ops: Ops) -> None:
        assert ops("release", "info").out.startswith("✓ release 3 of staging")
        assert ops("release").out.startswith("✓ release 3 of staging")

    def test_it_says_what_serves_and_what_is_left(self, ops: Ops) -> None:
        out = ops("release", "info", "3").out
        assert "serves:           schedule, web, worker" in out
        assert f"image:            {image(3)} (there)" in out
        assert "(within RDS's backups)" in out
        assert "release phase:    succeeded, exit code 0" in out
        assert "took 3 min" in out
        out = ops("release", "1").out
        assert "serves:           nothing any more" in out
        assert f"{image(1)} (gone)" in out
        assert "(older than RDS's backups, which begin 2026-03-01)" in out

    def test_a_rollback_is_called_one(self, ops: Ops, stack: Stack) -> None:
        stack.ledger.open(dataclasses.replace(stack.records[1], rollback_to=2))
        assert ops("release").out.startswith("✓ release 4 (a rollback to release 2) of staging\n")

    def test_task_definitions_that_are_gone_are_marked(self, ops: Ops) -> None:
        client("ecs").deregister_task_definition(taskDefinition=definition_arn("web", 2))
        out = ops("release", "2").out
        assert "web:              flaskapp-staging-web:2 (gone)" in out
        assert "worker:           flaskapp-staging-worker:2\n" in out
        found = json.loads(ops("release", "2", "--json").out)
        assert found["missing_task_definitions"] == ["flaskapp-staging-web:2"]

    def test_a_snapshot_says_whether_it_can_be_used(
        self, ops: Ops, stack: Stack, aws: Calls
    ) -> None:
        name = f"{PREFIX}-release-3"
        point = RestorePoint(time=NOW, snapshot_id=name)
        stack.ledger.update(stack.records[2], restore_point=point)
        assert f"(snapshot {name} is gone)" in ops("release", "3").out
        state = json.loads(ops("release", "3", "--json").out)["restore_state"]
        assert state["possible"] is False
        found: dict[str, Any] = {"DBSnapshots": [{"Status": "available"}]}
        aws.answer("rds:DescribeDBSnapshots", found)
        state = json.loads(ops("release", "3", "--json").out)["restore_state"]
        assert (state["possible"], state["text"]) == (True, f"snapshot {name} is available")

    def test_what_failed_is_told_though_rds_says_nothing(
        self, ops: Ops, stack: Stack, aws: Calls
    ) -> None:
        aws.refuse("rds:DescribeDBInstanceAutomatedBackups", "AccessDenied")
        failed = PhaseResult(outcome="failed", exit_code=1, reason="no table", attempt=1)
        stack.ledger.update(stack.records[2], verdict="failed", reason="no table", phase=failed)
        done = ops("release", "3")
        assert done.code == 0
        assert "release phase:    failed, exit code 1: no table" in done.out
        assert " (not known)\n" in done.out
        assert "your role may not ask for it (DescribeDBInstanceAutomatedBackups)" in done.err
        aws.refuse("rds:DescribeDBInstanceAutomatedBackups", "ExpiredToken")
        assert ops("release", "3").code == 1

    def test_a_phase_that_was_not_needed_says_why(self, ops: Ops, stack: Stack) -> None:
        phase = PhaseResult(outcome="not needed", reason="nothing has changed", attempt=0)
        stack.ledger.update(
            stack.records[2], phase=phase, restore_point=None, ended_at=None, commit=""
        )
        out = ops("release", "3").out
        assert "release phase:    not needed: nothing has changed" in out
        assert "restore point:    none was taken" in out
        assert "not ended" in out
        assert "commit:           unknown" in out

    def test_a_number_that_there_is_not_is_answered_with_those_that_there_are(
        self, ops: Ops
    ) -> None:
        done = ops("release", "info", "9")
        assert done.code == 2
        assert done.err == "There is no release 9; there are: 3, 2, 1."

    def test_a_program_gets_every_field(self, ops: Ops) -> None:
        found = json.loads(ops("release", "info", "3", "--json").out)
        assert (found["number"], found["serving"]) == (3, ["schedule", "web", "worker"])
        assert found["phase"]["exit_code"] == 0

    def test_it_needs_what_it_asks(self, ops: Ops, stack: Stack, calls: list[str]) -> None:
        ops("release", "3")
        point = RestorePoint(time=NOW, snapshot_id="s")
        stack.ledger.update(stack.records[1], restore_point=point)
        ops("release", "2")
        check_needs("release", calls)


def test_a_throttled_answer_is_one_message(ops: Ops, running: Running, aws: Calls) -> None:
    aws.refuse("ecr:DescribeImages", "ThrottlingException", "Rate exceeded")
    done = ops("release", "info", "3")
    assert done.code == 1
    assert done.err == (
        "release info of staging stopped: AWS answered: DescribeImages: ThrottlingException: Rate "
        "exceeded.\nThat passes by itself: repeat this in a minute."
    )


def test_there_is_none_to_show_before_the_first(ops: Ops, stack: Stack) -> None:
    _forget_all(stack)
    assert ops("release").err == "staging has no release yet."


def _forget_all(stack: Stack) -> None:
    for record in stack.records:
        key = {"stack": {"S": PREFIX}, "number": {"N": str(record.number)}}
        stack.dynamodb.delete_item(TableName=f"{PREFIX}-releases", Key=key)
