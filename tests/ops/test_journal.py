"""Who changed what by hand."""

from datetime import UTC, datetime, timedelta

import pytest

from ops import journal
from ops.journal import Entry
from ops.report import Report
from ops.verb import Operation
from tests.ops.conftest import Ops
from tests.ops.stack import ACCOUNT, PREFIX, Stack, client

TABLE = f"{PREFIX}-releases"
TIME = datetime(2026, 3, 2, 12, tzinfo=UTC)


def _entry(what: str, time: datetime = TIME) -> Entry:
    return Entry(time=time, verb="scale", who="arn:aws:iam::1:user/ada", what=what)


def test_a_note_says_who_did_what_by_which_verb(ops: Ops, stack: Stack) -> None:
    operation = Operation("scale", "staging", Report(as_json=False))
    before = datetime.now(UTC)
    journal.note(operation, "web to 3 tasks")
    (entry,) = journal.newest(client("dynamodb"), TABLE, 10)
    assert (entry.verb, entry.what) == ("scale", "web to 3 tasks")
    assert entry.who == f"arn:aws:sts::{ACCOUNT}:user/moto"
    assert before <= entry.time <= datetime.now(UTC)


def test_the_newest_come_first(stack: Stack) -> None:
    dynamodb = client("dynamodb")
    for minute in range(3):
        journal.write(dynamodb, TABLE, _entry(str(minute), TIME + timedelta(minutes=minute)))
    assert [each.what for each in journal.newest(dynamodb, TABLE, 2)] == ["2", "1"]


def test_long_ones_come_in_several_answers(stack: Stack) -> None:
    """DynamoDB ends an answer after a megabyte, whatever number was asked for."""
    dynamodb = client("dynamodb")
    for minute in range(15):
        long = f"{minute} {'x' * 100_000}"
        journal.write(dynamodb, TABLE, _entry(long, TIME + timedelta(minutes=minute)))
    told = [each.what.split()[0] for each in journal.newest(dynamodb, TABLE, 14)]
    assert told == [str(minute) for minute in range(14, 0, -1)]


def test_two_within_a_millisecond_are_both_kept(stack: Stack) -> None:
    dynamodb = client("dynamodb")
    for what in ("first", "second", "third"):
        journal.write(dynamodb, TABLE, _entry(what))
    kept = journal.newest(dynamodb, TABLE, 10)
    assert [each.what for each in kept] == ["third", "second", "first"]
    assert {each.time for each in kept} == {TIME}


def test_a_place_that_is_taken_for_ever_is_an_error_of_awss(stack: Stack) -> None:
    dynamodb = client("dynamodb")
    for number in range(25):
        key = int(TIME.timestamp() * 1000) + number
        item = {"stack": {"S": journal.PARTITION}, "number": {"N": str(key)}}
        dynamodb.put_item(TableName=TABLE, Item=item)
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException):
        journal.write(dynamodb, TABLE, _entry("late"))


def test_no_list_of_releases_meets_them(ops: Ops, stack: Stack) -> None:
    journal.write(client("dynamodb"), TABLE, _entry("web to 3 tasks"))
    assert len(stack.ledger.history()) == 3
