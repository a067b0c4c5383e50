"""Every release has a number of its own, and what is known of it is found again."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from release.ledger import Ledger
from release.problems import OvertakenError, ReleaseError
from release.record import PhaseResult
from tests.release.answering import answering
from tests.release.fake_clock import BEGIN
from tests.release.fake_table import FakeTable
from tests.release.records import record


@pytest.fixture
def table() -> FakeTable:
    return FakeTable()


@pytest.fixture
def ledger(table: FakeTable) -> Ledger:
    return Ledger(answering(dynamodb=table).dynamodb, "releases", "flaskapp-prod")


def test_a_new_stack_has_no_release(ledger: Ledger) -> None:
    assert ledger.latest() is None
    assert ledger.history() == []
    assert ledger.last_succeeded() is None


def test_releases_are_numbered_from_one(ledger: Ledger) -> None:
    assert [ledger.open(record()).number for _ in range(3)] == [1, 2, 3]


def test_the_latest_release_is_the_one_with_the_highest_number(ledger: Ledger) -> None:
    for image in "abc":
        ledger.open(record(image=image))
    assert ledger.latest() == record(image="c", number=3)


def test_the_whole_history_is_read_newest_first_over_all_pages(ledger: Ledger) -> None:
    for _ in range(5):
        ledger.open(record())
    assert [each.number for each in ledger.history()] == [5, 4, 3, 2, 1], "old releases are lost"
    assert [each.number for each in ledger.history(limit=3)] == [5, 4, 3]


def test_the_release_that_serves_is_the_newest_that_succeeded(ledger: Ledger) -> None:
    for verdict in ("succeeded", "succeeded", "failed", "running"):
        ledger.open(record(verdict=verdict))
    found = ledger.last_succeeded()
    assert found is not None
    assert found.number == 2, "a person would be told that something else serves"


def test_stacks_that_share_a_table_do_not_see_each_other(ledger: Ledger, table: FakeTable) -> None:
    other = Ledger(answering(dynamodb=table).dynamodb, "releases", "flaskapp-staging")
    ledger.open(record())
    assert other.latest() is None
    assert other.open(record()).number == 1


def test_a_number_that_somebody_else_takes_meanwhile_is_left_to_them(
    ledger: Ledger, table: FakeTable
) -> None:
    def somebody_else(_item: object) -> None:
        theirs = record(number=1, image="theirs").to_item()
        table.items["flaskapp-prod", 1] = {"stack": {"S": "flaskapp-prod"}, **theirs}

    table.before_put = somebody_else
    assert ledger.open(record(image="ours")).number == 2
    assert [each.image for each in ledger.history()] == ["ours", "theirs"], (
        "one release would have overwritten the other"
    )


def test_who_never_gets_a_number_is_told_so(ledger: Ledger, table: FakeTable) -> None:
    def always(item: dict[str, Any]) -> None:
        table.items["flaskapp-prod", int(item["number"]["N"])] = item

    table.before_put = always
    with pytest.raises(ReleaseError, match="run this again"):
        ledger.open(record())


def test_an_update_changes_what_is_named_and_keeps_the_rest(ledger: Ledger) -> None:
    opened = ledger.open(record())
    changed = ledger.update(opened, verdict="failed", reason="exit code 1")
    assert ledger.latest() == changed
    assert changed == record(number=1, verdict="failed", reason="exit code 1")


def test_what_was_never_opened_cannot_be_saved(ledger: Ledger) -> None:
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        ledger.save(record(number=7))
    assert ledger.latest() is None, "a release would appear that has no place in the order"


class TestSomebodyElse:
    """An update and a rollback end each other's releases; whoever is ended notices."""

    def test_who_has_ended_a_release_is_not_overwritten(self, ledger: Ledger) -> None:
        ours = ledger.open(record())
        assert ledger.close(ours, "a rollback began", BEGIN)
        with pytest.raises(OvertakenError, match="Release 1 was ended by somebody else: a rollb"):
            ledger.update(ours, phase=PhaseResult(attempt=1, outcome="succeeded"))
        kept = ledger.latest()
        assert kept is not None
        assert (kept.verdict, kept.phase.attempt) == ("interrupted", 0), "it runs for ever again"
        assert not ledger.is_open(ours)

    def test_what_has_gone_on_meanwhile_is_not_ended(self, ledger: Ledger) -> None:
        seen = ledger.open(record())
        ledger.update(seen, phase=PhaseResult(attempt=1))
        assert not ledger.close(seen, "a rollback began", BEGIN), "it did not know of that task"
        assert ledger.is_open(seen)

    def test_an_answer_that_was_lost_is_no_loss(self, ledger: Ledger, table: FakeTable) -> None:
        """The AWS SDK writes once more, and finds what it has written itself."""
        ours = ledger.open(record())

        def keep(item: dict[str, Any]) -> None:
            table.items["flaskapp-prod", 1] = item

        table.before_put = keep
        assert ledger.update(ours, verdict="succeeded").verdict == "succeeded"
