"""`permissions`: what a person needs for these verbs, as an IAM policy."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ops import permission_table
from ops.permissions import (
    WITHOUT_A_STACK,
    Need,
    all_verbs,
    changes,
    guessed,
    needs_of,
    values_of,
)
from ops.report import Report
from ops.verb import Operation
from tests.ops.calls import FREE, Calls, check_needs
from tests.ops.conftest import Ops
from tests.ops.running import Running
from tests.ops.stack import ACCOUNT, PREFIX, REGION, Stack

ROOT = Path(__file__).parent.parent.parent
# checkov, in its own environment, brings AWS's list of actions along (`make checkov`).
DEFINITIONS = sorted(
    ROOT.glob(".venv-checkov/lib/*/site-packages/*/shared/data/iam-definition.json")
)


def _statements(ops: Ops, *words: str) -> list[dict[str, Any]]:
    found = json.loads(ops("permissions", *words, "--json").out)
    assert found["Version"] == "2012-10-17"
    statements: list[dict[str, Any]] = found["Statement"]
    return statements


def test_a_policy_names_one_stack_and_nothing_else(ops: Ops, stack: Stack) -> None:
    statements = _statements(ops, "releases")
    assert {
        "Effect": "Allow",
        "Action": ["dynamodb:Query"],
        "Resource": [f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{PREFIX}-releases"],
    } in statements
    key = next(each for each in statements if each["Action"] == ["kms:Decrypt"])
    assert key["Condition"]["StringEquals"] == {
        "kms:ViaService": f"dynamodb.{REGION}.amazonaws.com",
        "kms:EncryptionContext:aws:dynamodb:tableName": f"{PREFIX}-releases",
    }, "the key serves for the table alone"


def test_the_text_is_the_policy_ready_to_be_pasted(ops: Ops, stack: Stack) -> None:
    assert json.loads(ops("permissions", "releases").out)["Statement"] == _statements(
        ops, "releases"
    )


def test_verbs_that_need_the_same_share_a_statement(ops: Ops, stack: Stack) -> None:
    statements = _statements(ops, "ps", "status", "releases", "release")
    allowed = {action for each in statements for action in each["Action"]}
    verbs = ("ps", "status", "releases", "release")
    assert allowed == {a for verb in verbs for need in needs_of(verb) for a in need.actions}
    places = [(str(each["Resource"]), str(each.get("Condition"))) for each in statements]
    assert len(places) == len(set(places)), "AWS takes only so many characters"


def test_read_only_leaves_out_what_changes_something(ops: Ops, stack: Stack) -> None:
    done = ops("permissions", "--read-only")
    assert done.code == 0, done.err
    actions = {action for each in json.loads(done.out)["Statement"] for action in each["Action"]}
    assert not [
        action
        for action in actions
        if re.search(r":(Put|Update|Create|Delete|Register|Run|Stop|Execute)", action)
    ], "a person who may only look must not be able to change anything"


@pytest.mark.parametrize(
    ("verb", "words"), [("maintenance", ("maintenance", "status")), ("scale", ("scale",))]
)
def test_read_only_has_just_what_the_reading_part_of_a_verb_asks(
    ops: Ops, stack: Stack, running: Running, aws: Calls, verb: str, words: tuple[str, ...]
) -> None:
    assert ops(*words).code == 0
    asked = set(aws.made) - FREE
    allowed = {
        action for each in _statements(ops, verb, "--read-only") for action in each["Action"]
    }
    assert allowed - {"kms:Decrypt"} == asked
    assert ("kms:Decrypt" in allowed) == ("dynamodb:GetItem" in asked), "the table's key"
    everything = {a for each in _statements(ops, "--read-only") for a in each["Action"]}
    assert asked <= everything


def test_read_only_has_all_that_a_verb_needs_that_only_reads() -> None:
    for verb in (verb for verb in all_verbs() if not changes(verb)):
        assert needs_of(verb, reading=True) == needs_of(verb), verb


def test_what_always_changes_something_has_no_policy_for_reading(ops: Ops, stack: Stack) -> None:
    done = ops("permissions", "ps", "run", "shell", "--read-only")
    assert (done.code, done.err) == (2, "No part of run, shell only reads.")


def test_the_page_says_which_part_of_a_verb_only_reads_and_when_it_asks() -> None:
    page = permission_table.write(["scale", "maintenance", "config", "run", "psql"])
    assert "It changes something, and asks first; `scale` without words only reads." in page
    assert "It changes something, and asks first; `maintenance status` only reads." in page
    assert "and asks first; `config list` and `config get` only read." in page
    assert "It changes something, and asks first on a protected stack, " in page
    assert "It changes something, and asks first when it is to write, " in page


def test_who_may_read_nothing_yet_gets_a_policy_from_the_stacks_file(
    ops: Ops, stack: Stack, aws: Calls
) -> None:
    aws.refuse("*", "AccessDeniedException")
    done = ops("permissions", "status")
    assert done.code == 0
    assert "outputs cannot be read with these credentials" in done.err
    resources = [name for each in json.loads(done.out)["Statement"] for name in each["Resource"]]
    assert f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/{PREFIX}/outputs" in resources
    assert f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{PREFIX}-releases" in resources
    assert not [name for name in resources if "{" in name or "<" in name], resources


def test_what_the_program_names_is_guessed_as_it_names_it(ops: Ops, stack: Stack) -> None:
    """A guess that names something else would be a policy that allows nothing."""
    operation = Operation("permissions", "staging", Report(as_json=False))
    known = values_of(stack.outputs)
    wrong = {
        name: (value, known[name])
        for name, value in guessed(operation.place).items()
        if known[name] != value
    }
    assert not wrong


def test_a_policy_that_is_too_long_says_so(ops: Ops, stack: Stack) -> None:
    done = ops("permissions")
    size = len("".join(done.out.split()))
    assert ("6144 characters" in done.err) == (size > 6144)


def test_a_word_that_is_no_verb_is_answered_with_the_verbs(ops: Ops, stack: Stack) -> None:
    done = ops("permissions", "pss")
    assert done.code == 2
    assert done.err.startswith("There is no verb pss; there are: status, ps, ")


def test_the_check_of_needs_finds_what_is_missing_and_what_is_too_much() -> None:
    made = ["ssm:GetParameter", "dynamodb:Query", "ecr:DescribeImages", "sts:GetCallerIdentity"]
    check_needs("releases", made)
    with pytest.raises(AssertionError, match=r"is not enough for it: .'ecs:DescribeServices'."):
        check_needs("releases", [*made, "ecs:DescribeServices"])
    with pytest.raises(
        AssertionError, match=r"rights that it does not use: .'ecr:DescribeImages'."
    ):
        check_needs("releases", made[:2])


def test_the_page_in_docs_is_what_the_verbs_declare() -> None:
    page = (ROOT / "docs" / "permissions.md").read_text()
    assert page == permission_table.write(all_verbs()).rstrip("\n") + "\n", (
        "run `bin/ops permissions --markdown > docs/permissions.md`"
    )


def test_a_program_gets_the_page_in_a_document(ops: Ops) -> None:
    told = json.loads(ops("permissions", "open", "--markdown", "--json", stack=None).out)
    assert told == {"markdown": permission_table.write(["open"]).rstrip("\n")}


# AWS takes a resource for these, though its list of actions names none: [Systems Manager user
# guide, "Sample IAM policies for Session Manager"], [CloudWatch Logs user guide, "Using
# identity-based policies"].
NEWER = {"ssmmessages:OpenDataChannel", "logs:DescribeLogGroups"}


def _all_needs() -> Iterator[tuple[str, Need]]:
    for verb in all_verbs():
        for need in needs_of(verb):
            yield verb, need


def test_every_need_on_everything_has_its_reason() -> None:
    bare = [(verb, need.actions) for verb, need in _all_needs() if "*" in need.resources]
    without = [
        (verb, need.actions)
        for verb, need in _all_needs()
        if "*" in need.resources and not need.because
    ]
    assert bare
    assert not without, f"a reader asks why these may be done everywhere: {without}"


def test_no_need_has_a_star_for_its_actions() -> None:
    wide = [need.actions for _, need in _all_needs() if "*" in "".join(need.actions)]
    assert not wide


def test_verbs_that_change_a_stack_may_write_it_down() -> None:
    changing = [verb for verb in all_verbs() if changes(verb) and verb not in WITHOUT_A_STACK]
    assert changing
    for verb in changing:
        actions = {action for need in needs_of(verb) for action in need.actions}
        assert "dynamodb:PutItem" in actions, verb


@cache
def _definitions() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(DEFINITIONS[0].read_text())
    return found


def _pattern(arn: str) -> re.Pattern[str]:
    """ARNs of a kind of thing, which AWS's list writes as `…:task/${ClusterName}/${TaskId}`."""
    return re.compile(re.sub(r"\\\$\\\{\w+\\\}", ".*", re.escape(arn)))


@pytest.mark.skipif(not DEFINITIONS, reason="checkov is not installed; `make checkov` does it")
class TestAgainstAwsOwnList:
    """[Service Authorization Reference]"""

    def test_every_action_is_one_that_iam_knows(self) -> None:
        unknown = {
            action
            for _, need in _all_needs()
            for action in need.actions
            if action.partition(":")[2] not in _service(action)["privileges"]
        }
        assert not unknown, "a policy with a wrong name allows nothing, and AWS does not say so"

    def test_nothing_is_asked_for_everywhere_that_iam_can_narrow(self) -> None:
        wide = {
            (verb, action): _types(action)
            for verb, need in _all_needs()
            for action in need.actions
            if need.resources == ("*",)
            and not need.condition
            and _types(action)
            # With less, no composite alarm is shown [CloudWatch API, DescribeAlarms].
            and action != "cloudwatch:DescribeAlarms"
        }
        assert not wide, "name the resource"

    def test_every_resource_is_of_a_kind_that_the_action_takes(self, stack: Stack) -> None:
        values = values_of(stack.outputs)
        wrong = [
            (verb, action, resource)
            for verb, need in _all_needs()
            for action in need.actions
            for resource in need.statement(values)["Resource"]
            if resource != "*" and action not in NEWER and not _fits(action, resource)
        ]
        assert not wrong, "AWS compares the ARN of another kind of thing, and refuses"


def _service(action: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = _definitions()[action.partition(":")[0]]
    return found


def _types(action: str) -> list[str]:
    privilege = _service(action)["privileges"][action.partition(":")[2]]
    return [kind for kind in privilege["resource_types"] if kind]


def _fits(action: str, arn: str) -> bool:
    """IAM's `*` also stands for several parts of a path."""
    kinds = _service(action)["resources"]
    return any(
        _pattern(kinds[kind]["arn"]).fullmatch(arn.replace("*", parts))
        for kind in _types(action)
        for parts in ("*", "*/*")
    )
