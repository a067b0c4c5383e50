"""What a rollback, which goes past the engine, tells everyone who previews or updates."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import grpc  # type: ignore[import-untyped]
import pytest

from infra.components.gate import item_of
from infra.components.rollback_notice import RollbackNotice, RollbackNoticeArgs
from planning import answers
from planning.recording import Recording, record
from release.rollback_notice import MARK
from tests.infra.hooks import announced, event
from tests.infra.planned import prefix
from tests.support import stacks
from tests.support.tokens import TABLE, TABLE_ITEM

READ = "aws:dynamodb/getTableItem:getTableItem"
KEY = {"stack": {"S": "gates"}, "number": {"N": "3"}}
ROLLBACK: dict[str, Any] = {
    "release": {"N": "14"},
    "back_to": {"N": "11"},
    "described": {"N": "13"},
    "who": {"S": "arn:aws:sts::111122223333:assumed-role/deploy/ada"},
    "time": {"S": "2026-03-01T12:00:00+00:00"},
    "processes": {"L": [{"S": "web"}, {"S": "worker"}]},
}
ROLLOUT = "flaskapp-prod-rollout"


class RefusedError(grpc.RpcError):  # type: ignore[misc]
    """What the engine answers when a function of the provider has failed."""

    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.UNKNOWN

    def details(self) -> str:
        return f"invocation of {READ} returned an error: reading DynamoDB: AccessDeniedException: "


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """Answers the reading of the item by what a test gives, or fails it."""

    def install(item: Mapping[str, Any] | Exception) -> None:
        def read(_asked: Mapping[str, Any]) -> dict[str, Any]:
            if isinstance(item, Exception):
                raise item
            return {"id": "x", "item": json.dumps({**KEY, **item})}

        monkeypatch.setattr(answers, "_ANSWERS", {**answers._ANSWERS, READ: read})

    return install


def alone() -> Recording:
    """A program with nothing but the notice."""
    args = RollbackNoticeArgs(table_name="n-releases")
    return record(lambda: RollbackNotice("n", args), stack="test")


class TestTheItem:
    """Made empty, and never written by an update again."""

    def test_is_nothing_but_its_key(self, prod: Recording) -> None:
        item = prod.named(f"{prefix(prod)}-rollback-notice", TABLE_ITEM)
        assert json.loads(item.inputs["item"]) == KEY
        assert item.inputs["tableName"] == prod.only(TABLE).inputs["name"]
        assert not item.hooks

    def test_is_left_alone_by_updates(self, prod: Recording) -> None:
        item = prod.named(f"{prefix(prod)}-rollback-notice", TABLE_ITEM)
        assert item.ignore_changes == ("item",), "after a refresh an update forgets the rollback"

    def test_is_read_once_it_is_there(self, prod: Recording) -> None:
        (asked,) = [each.arguments for each in prod.invokes if each.token == READ]
        assert asked["tableName"] == "flaskapp-prod-releases"
        assert json.loads(asked["key"]) == KEY

    def test_is_no_part_of_what_a_gate_lets_through(self, prod: Recording) -> None:
        notice = prod.named(f"{prefix(prod)}-rollback-notice", TABLE_ITEM)
        waiting = [each.label for each in prod.resources if notice.urn in each.depends_on]
        assert not waiting, "a rollback changes the next update, or delays it"


class TestTheWarning:
    """In each preview and update, for as long as a rollback is in force."""

    def test_is_given_while_a_rollback_is_in_force(self, answer: Any) -> None:
        answer({MARK: {"M": ROLLBACK}})
        (message,) = alone().messages
        assert message.severity == "warning", "nobody reads it in a pull request"
        assert "release 11 serves again, as release 14, not release 13" in message.text
        assert "by ada" in message.text

    def test_is_not_given_otherwise(self, answer: Any) -> None:
        answer({})
        assert not alone().messages

    def test_that_cannot_be_given_says_why_and_fails_nothing(self, answer: Any) -> None:
        answer(RefusedError())
        (message,) = alone().messages
        assert message.severity == "warning"
        first, allow = message.text.split("\n")
        assert first == (
            "Whether a rollback is in force is not known: reading DynamoDB: AccessDeniedException."
        )
        assert "dynamodb:GetItem on the table n-releases" in allow
        assert "kms:Decrypt" in allow

    def test_of_what_a_newer_version_wrote_fails_nothing(self, answer: Any) -> None:
        answer({MARK: {"M": {}}})
        (message,) = alone().messages
        assert message.text.startswith("Whether a rollback is in force is not known")


class TestTheRollout:
    """A preview that would end a rollback says so, process by process."""

    def said(self, hook: Any, after: dict[str, str], before: dict[str, str]) -> str:
        old, new = ({"item": item_of(2, passes)} for passes in (before, after))
        (line,) = announced(hook, event(new, old))
        return line

    def test_is_announced_with_the_processes_that_go_back_too(self, answer: Any) -> None:
        answer({MARK: {"M": ROLLBACK}})
        hook = stacks.recorded("prod", {}).hooks[ROLLOUT]
        before = {"web": "a:1", "worker": "b:1", "schedule": "c:1"}
        back = (
            "web, worker would go from release 11, which a rollback brings back, to what the "
            "program describes"
        )
        changed = self.said(hook, {**before, "schedule": "c:2"}, before)
        assert changed == (
            "rollout: new tasks of schedule would replace the old ones, and be watched; " + back
        )
        refreshed = self.said(hook, before, {**before, MARK: "back to release 11"})
        assert refreshed == f"rollout: all processes would be watched; {back}"
        without = self.said(hook, {"web": "a:2"}, before)
        assert "; web would go from release 11" in without
        unknown = {"item": "04da6b54"}
        assert back in announced(hook, event(unknown))[0]
