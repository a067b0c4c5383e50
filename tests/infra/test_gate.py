"""A gate: what is new goes through only after its work is done."""

import json
import threading
from collections.abc import Mapping
from typing import Any

import pulumi
import pytest
from pulumi_aws.kms.key import Key

from infra.components.gate import Gate, GateArgs, item_of, passes_of
from planning.recording import UNKNOWN, Recording, record
from release.problems import ReleaseError
from tests.infra.hooks import announced, event, let_through
from tests.support.tokens import TABLE_ITEM


class Work:
    """Keeps what it was called with, and where."""

    def __init__(self, problem: Exception | None = None) -> None:
        self.problem = problem
        self.calls: list[Mapping[str, Any]] = []
        self.threads: list[threading.Thread] = []

    def __call__(self, needs: Mapping[str, Any]) -> None:
        self.calls.append(needs)
        self.threads.append(threading.current_thread())
        if self.problem:
            raise self.problem


def recorded(work: Work, **passes: Any) -> Recording:
    """A program with a gate and what it waits for."""

    def program() -> None:
        before = Key("before")
        Gate(
            "n-release",
            GateArgs(
                table_name="n-releases",
                number=1,
                passes=passes or {"image": "a@sha256:1"},
                needs={
                    "cluster": pulumi.Output.from_input("arn:cluster"),
                    "subnet_ids": [pulumi.Output.from_input("subnet-1"), "subnet-2"],
                    "names": {"web": pulumi.Output.from_input("n-web")},
                },
                work=work,
                announce=lambda before, after: f"{dict(before)} -> {after and dict(after)}",
                after=[before],
            ),
        )

    return record(program, stack="test")


def telling(unknowns: bool) -> Recording:
    """A program with a gate that says what another resource is, once that is known."""

    def announce(_before: object, _after: object, arn: str | None = None) -> str:
        return str(arn)

    def program() -> None:
        args = GateArgs(
            table_name="n-releases",
            number=1,
            passes={"image": "a"},
            needs={},
            work=Work(),
            announce=announce,
            known={"arn": Key("other").arn},
            after=[],
        )
        Gate("n-release", args)

    return record(program, stack="test", unknowns=unknowns)


class TestTheItem:
    """It says what was last let through, beside the releases and apart from them."""

    def test_has_a_key_that_no_release_has(self, prod: Recording) -> None:
        keys = sorted(
            (item["stack"]["S"], item["number"]["N"])
            for each in prod.of_type(TABLE_ITEM)
            if (item := json.loads(each.inputs["item"]))
        )
        # The third is no gate, but what a rollback tells the program.
        assert keys == [("gates", "1"), ("gates", "2"), ("gates", "3")], (
            "a gate would be listed as a release, or overwrite one"
        )
        (table,) = prod.of_type("aws:dynamodb/table:Table")
        for each in prod.of_type(TABLE_ITEM):
            named = (each.inputs["hashKey"], each.inputs["rangeKey"])
            assert named == (table.inputs["hashKey"], table.inputs["rangeKey"])

    @pytest.mark.parametrize("name", ["image", "stack", "number", "passes"])
    def test_holds_what_goes_through_under_any_name(self, name: str) -> None:
        item = item_of(1, {name: "x"})
        assert passes_of({"item": item}) == {name: "x"}, "a process of this name breaks the gate"
        assert json.loads(item)["stack"] == {"S": "gates"}

    def test_is_the_same_text_whatever_the_order(self) -> None:
        assert item_of(1, {"b": "2", "a": "1"}) == item_of(1, {"a": "1", "b": "2"}), (
            "the release phase would run again for nothing"
        )

    @pytest.mark.parametrize("inputs", [None, {}, {"item": None}, {"item": "04da6b54-80e4"}])
    def test_that_is_not_known_yet_lets_nothing_known_through(self, inputs: Any) -> None:
        assert passes_of(inputs) is None


class TestTheHook:
    """Before the item is written; in a preview it only speaks."""

    def test_is_bound_before_create_and_before_update(self) -> None:
        item = recorded(Work()).only(TABLE_ITEM)
        assert item.hooks == {"before_create": ("n-release",), "before_update": ("n-release",)}, (
            "the first release, or all others, would go through unseen"
        )

    def test_says_in_a_preview_from_what_to_what(self) -> None:
        work = Work()
        hook = recorded(work).hooks["n-release"]
        old, new = ({"item": item_of(1, {"image": name})} for name in ("a", "b"))
        assert announced(hook, event(new, old)) == ["{'image': 'a'} -> {'image': 'b'}"]
        assert announced(hook, event(new)) == ["{} -> {'image': 'b'}"], "a first release"
        assert announced(hook, event({"item": UNKNOWN}, old)) == ["{'image': 'a'} -> None"]
        assert not work.calls, "a preview would release"

    @pytest.mark.parametrize(("unknowns", "said"), [(False, "arn:aws:kms:"), (True, "None")])
    def test_says_in_a_preview_what_is_known_of_the_rest(self, unknowns: bool, said: str) -> None:
        hook = telling(unknowns).hooks["n-release"]
        (line,) = announced(hook, event({"item": item_of(1, {})}))
        assert line.startswith(said), "a reviewer does not learn it, or a first preview fails"

    def test_works_in_an_update_with_what_is_known_by_then(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        work = Work()
        let_through(recorded(work).hooks["n-release"], monkeypatch)
        assert work.calls == [
            {
                "cluster": "arn:cluster",
                "subnet_ids": ["subnet-1", "subnet-2"],
                "names": {"web": "n-web"},
            }
        ], "it is done not at all, twice, or with what has no value yet"

    def test_works_beside_the_program(self, monkeypatch: pytest.MonkeyPatch) -> None:
        work = Work()
        let_through(recorded(work).hooks["n-release"], monkeypatch)
        assert work.threads != [threading.main_thread()], (
            "nothing else is declared while a migration runs, and no line of it is shown"
        )

    def test_fails_the_update_with_what_the_work_says(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hook = recorded(Work(ReleaseError("the task ended with 3"))).hooks["n-release"]
        with pytest.raises(ReleaseError, match=r"^the task ended with 3$"):
            let_through(hook, monkeypatch)

    def test_of_each_gate_has_a_name_of_its_own(self, prod: Recording) -> None:
        assert set(prod.hooks) == {"flaskapp-prod-release", "flaskapp-prod-rollout"}
        for name in prod.hooks:
            item = prod.named(name, TABLE_ITEM)
            assert set(item.hooks) == {"before_create", "before_update"}
            assert {*item.hooks.values()} == {(name,)}, "it does the other one's work"


class TestWhatItWaitsFor:
    def test_is_asked_for_by_option(self) -> None:
        recording = recorded(Work())
        before = recording.named("before").urn
        assert before in recording.only(TABLE_ITEM).depends_on, "it works too early"
