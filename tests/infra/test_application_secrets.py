"""The user's own secrets: encrypted everywhere, each value a version, each version a release."""

import json
from collections.abc import Mapping
from typing import Any

from planning.recording import Recording, Resource
from tests.infra.planned import plan, processes, secrets, task
from tests.support.tokens import SECRET, TASK_DEFINITION

VERSION = "aws:secretsmanager/secretVersion:SecretVersion"
NAME = "flaskapp-prod-secrets"
# RICH has two of them.
VALUES = {"API_TOKEN": "token-of-rich", "LICENCE": "licence-of-rich"}


def version(recording: Recording) -> Resource:
    return recording.named(NAME, VERSION)


def gate(recording: Recording) -> str:
    return str(recording.named("flaskapp-prod-release", "aws:dynamodb/tableItem:TableItem").inputs)


def with_secrets(values: Mapping[str, str]) -> Recording:
    return plan({"secrets": {name: {"secure": value} for name, value in values.items()}})


class TestTheSecret:
    """One secret for all of them: a secret costs by the month, and so does each of its readers."""

    def test_holds_them_as_json(self, rich: Recording) -> None:
        assert json.loads(version(rich).inputs["secretString"]) == VALUES

    def test_is_none_without_any(self, prod: Recording) -> None:
        assert NAME not in {each.name for each in prod.resources}, "an empty secret is paid for"

    def test_is_encrypted_by_the_stacks_key(self, rich: Recording) -> None:
        assert ":key/" in rich.named(NAME, SECRET).inputs["kmsKeyId"]
        assert rich.named(NAME, SECRET).protect, "one wrong setting and they are gone"

    def test_keeps_earlier_versions_for_the_tasks_that_still_cite_them(
        self, rich: Recording
    ) -> None:
        assert version(rich).retain_on_delete, "an old task that is restarted finds no value"
        assert not version(rich).protect, "a changed value would be refused"
        assert not version(rich).ignore_changes, "a changed value would never arrive"


class TestTheValues:
    """Plain in no place that anybody else may read."""

    def test_are_secret_in_the_state(self, rich: Recording) -> None:
        assert version(rich).secret_inputs == {"secretString"}, "the state shows them"

    def test_are_in_no_other_resource_no_output_and_no_line(self, rich: Recording) -> None:
        others = [each for each in rich.resources if each is not version(rich)]
        everything = json.dumps([dict(each.inputs) for each in others], default=str)
        everything += str(rich.outputs) + str(rich.component_outputs) + str(rich.messages)
        for value in VALUES.values():
            assert value not in everything, "whoever may look at a task reads it"

    def test_do_not_hide_what_changes_in_a_task(self, rich: Recording) -> None:
        for each in rich.of_type(TASK_DEFINITION):
            assert "containerDefinitions" not in each.secret_inputs, (
                "a single secret would hide every change of the task"
            )


class TestWhatTasksCite:
    """A secret, its key, and exactly this version of it."""

    def test_is_a_key_in_a_version(self, rich: Recording) -> None:
        for process in processes(rich):
            found = {name: secrets(rich, process)[name] for name in VALUES}
            for name, reference in found.items():
                arn, key, stage, version_id = reference.rsplit(":", 3)
                assert arn.startswith("arn:aws:secretsmanager:"), reference
                assert (key, stage) == (name, ""), "it gets all of them, or none"
                assert version_id.endswith("-versionId"), (
                    "a changed value would reach old tasks in the middle of a rollout"
                )

    def test_is_known_only_once_the_version_is_there(self, rich: Recording) -> None:
        definition = task(rich)
        assert version(rich).urn in definition.property_dependencies["containerDefinitions"], (
            "a task starts before its secret has a value"
        )


class TestAChangedValue:
    """It is a release like any other: release phase, new revision, rollout."""

    def test_replaces_nothing_but_its_version(self) -> None:
        before, after = with_secrets({"API_TOKEN": "first"}), with_secrets({"API_TOKEN": "second"})
        # Each recording draws other keys and passwords, of which a stack keeps the first ones.
        drawn = {each.urn for each in after.custom if each.secret_inputs and each.name != NAME}
        changed = [
            each.label
            for each in after.custom
            if each.inputs != before.by_urn[each.urn].inputs and each.urn not in drawn
        ]
        assert changed == [f"{VERSION} {NAME}"], "the value went somewhere else too"

    def test_changes_what_the_gate_lets_through_with_its_version(self) -> None:
        first = with_secrets({"API_TOKEN": "x"})
        more = with_secrets({"API_TOKEN": "x", "LICENCE": "y"})
        assert gate(first) != gate(more), "a new secret is released without a release phase"

    def test_is_unknown_until_its_version_is_made(self) -> None:
        changes: dict[str, Any] = {"secrets": {"API_TOKEN": {"secure": "x"}}}
        preview = plan(changes, unknowns=True)
        assert "UNKNOWN" in gate(preview), "a preview would call the old configuration the new one"
