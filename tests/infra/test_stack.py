"""What holds for everything that a stack declares."""

import ast
import re
from collections import Counter

import pytest

from infra.stack_files import read_stack
from planning.plan import ROOT
from planning.recording import DuplicateResourceError, Recording, record
from tests.infra.planned import SHAPES, plan, prefix, processes, settings, shape
from tests.support import stacks
from tests.support.tokens import (
    IMAGE,
    INSTANCE,
    KEY,
    SECRET,
    SUBNET,
    TABLE,
    TASK_DEFINITION,
    VAULT,
    VPC,
)

# Parts that a component stands for one by one, as there may be several of its type.
PARTS = ("broker", "cache")


class TestEveryDeclaration:
    """Broken once, each of these costs an operator a stack that cannot be updated."""

    def test_has_a_name_that_no_other_of_its_type_has(self, recording: Recording) -> None:
        counted = Counter((resource.type, resource.name) for resource in recording.resources)
        assert max(counted.values()) == 1, f"one would replace the other: {counted.most_common(1)}"

    def test_comes_from_the_one_provider_that_is_bound_to_the_account(
        self, recording: Recording
    ) -> None:
        (provider,) = recording.of_type("pulumi:providers:aws")
        account = settings().account_id if recording.stack == "prod" else None
        assert account is None or provider.inputs["allowedAccountIds"] == f'["{account}"]', (
            "the stack could be made in somebody else's account"
        )
        others = [
            resource.label
            for resource in recording.custom
            if resource.type.startswith("aws:")
            and not resource.provider.startswith(f"{provider.urn}::")
        ]
        assert not others, "these follow the credentials of the day, without tags or account check"

    def test_lies_below_a_component(self, recording: Recording) -> None:
        orphans = [
            resource.label for resource in recording.custom if not recording.component_of(resource)
        ]
        assert not orphans, "nobody finds in the state what these belong to"

    def test_begins_with_the_stacks_prefix(self, recording: Recording) -> None:
        prefix = recording.of_type("pulumi:providers:aws")[0].name
        others = [each.label for each in recording.resources if not each.name.startswith(prefix)]
        assert not others, "in the console these belong to nobody"

    def test_is_there_before_any_value_is_known(self, recording: Recording) -> None:
        name = next(name for name in SHAPES if shape(name) is recording)
        unknown = shape(name, unknowns=True)
        assert {each.urn for each in unknown.resources} == {
            each.urn for each in recording.resources
        }, "made inside an apply, which the first preview does not run"

    def test_has_the_stacks_tags(self, recording: Recording) -> None:
        tags = recording.of_type("pulumi:providers:aws")[0].inputs["defaultTags"]
        needed = ("Project", "Environment", "Owner", "ManagedBy", "Repository")
        assert all(f'"{key}"' in tags for key in needed), "costs and owners cannot be told apart"

    def test_asks_aws_nothing_while_planned(self, recording: Recording) -> None:
        asked = {invoke.token for invoke in recording.invokes}
        # They need a computed value, so that a first preview does not ask them either.
        assert asked <= {
            "aws:ecr/getAuthorizationToken:getAuthorizationToken",
            "aws:dynamodb/getTableItem:getTableItem",
        }, "a plan would need an account"
        name = next(name for name in SHAPES if shape(name) is recording)
        assert not shape(name, unknowns=True).invokes, "the same"

    def test_components_are_named_alike_and_typed_by_their_file(self, recording: Recording) -> None:
        for component in recording.components:
            package, module, name = component.type.split(":")
            assert package == "flask-fargate", component.type
            assert (ROOT / "infra" / "components" / f"{module}.py").is_file(), (
                f"nobody finds the source of {component.type}"
            )
            assert name.lower() == module.replace("_", ""), component.type

    def test_components_are_named_by_the_prefix_and_where_there_are_several_by_what_they_are_for(
        self, recording: Recording
    ) -> None:
        known = {"", "release", "rollout", *processes(recording)}
        for component in recording.components:
            role = component.name.removeprefix(prefix(recording)).removeprefix("-")
            assert role in known or role.partition("-")[0] in PARTS, (
                f"{component.label}: nobody knows what it is for"
            )


class TestTheRecorderCanFail:
    """Rules that are tested on recordings need one that tells."""

    def test_a_second_declaration_of_a_name_is_refused(self) -> None:
        from infra.components.notifications import Notifications, NotificationsArgs

        args = NotificationsArgs(emails=[], kms_key_arn=None)

        def twice() -> None:
            Notifications("a", args)
            Notifications("a", args)

        with pytest.raises(DuplicateResourceError):
            record(twice, stack="test")


class TestProtection:
    """`protect` keeps Pulumi from deleting or replacing; it is inherited by children."""

    HOLDS_DATA = (VPC, SUBNET, INSTANCE, VAULT, KEY, SECRET, TABLE)

    def test_is_on_everything_in_prod_that_holds_data(self, prod: Recording) -> None:
        missing = [
            resource.label
            for kind in self.HOLDS_DATA
            for resource in prod.of_type(kind)
            # What the stack draws itself can be drawn again.
            if not resource.protect and "flask-fargate:kept_secret" not in resource.urn
        ]
        assert not missing, "one wrong setting and the next update replaces it with its data"
        assert all(prod.of_type(kind) for kind in self.HOLDS_DATA), "one of them is not made at all"

    def test_is_nowhere_in_stacks_that_promise_to_leave_nothing(self) -> None:
        for stack in ("staging", "emulated"):
            kept = [each.label for each in plan(stack=stack).resources if each.protect]
            assert not kept, f"make down STACK={stack} would stop at {kept}"

    def test_does_not_keep_what_must_be_replaceable(self, prod: Recording) -> None:
        changeable = ("listener", "targetGroup", "taskDefinition", "service:", "role", "record")
        kept = [
            each.label
            for each in prod.resources
            if each.protect and any(word in each.type for word in changeable)
        ]
        assert not kept, "an ordinary update would be refused"

    def test_only_what_earlier_releases_cite_stays_behind_when_it_is_no_longer_declared(
        self, rich: Recording
    ) -> None:
        kept = {each.type for each in rich.resources if each.retain_on_delete}
        versions = "aws:secretsmanager/secretVersion:SecretVersion"
        assert kept == {IMAGE, versions}, "a rollback would find none, or a destroy leaves more"
        for each in rich.of_type(TASK_DEFINITION):
            assert each.inputs["skipDestroy"] is True, "a revision, the same"


class TestTheProgram:
    """What the engine runs is what the tests record."""

    def test_the_engines_entry_reads_settings_and_deploys_and_nothing_else(self) -> None:
        tree = ast.parse((ROOT / "__main__.py").read_text())
        calls = {
            node.func.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        assert {"load_settings", "read_config", "deploy"} <= calls, "the engine runs something else"

    def test_no_main_key_moves_the_working_folder(self) -> None:
        assert "\nmain:" not in (ROOT / "Pulumi.yaml").read_text(), "the imports would fail"

    def test_the_template_asks_for_settings_that_there_are(self) -> None:
        asked = re.findall(
            r"^    flask-fargate:([a-z-]+):$", (ROOT / "Pulumi.yaml").read_text(), re.MULTILINE
        )
        assert asked, "pulumi new asks nothing"
        assert set(asked) <= set(read_stack("prod", ROOT)), "pulumi new asks for an unknown key"

    def test_a_change_of_the_label_alone_changes_names_and_tags_alone(self) -> None:
        staged = stacks.recorded("prod", {"stage": "live"})
        renamed = [each.name.replace("flaskapp-live", "flaskapp-prod") for each in staged.resources]
        assert sorted(renamed) == sorted(each.name for each in plan().resources), (
            "the stage's label is a switch somewhere"
        )
