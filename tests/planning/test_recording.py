"""The recorder keeps everything that a program declares."""

import json

import pulumi
import pytest
from pulumi_aws.ec2.vpc import Vpc
from pulumi_aws.ecs.task_definition import TaskDefinition
from pulumi_aws.get_caller_identity import get_caller_identity_output
from pulumi_aws.kms.key import Key

from planning.recording import (
    UNKNOWN,
    Recording,
    record,
)
from tests.planning.small_program import small_program


@pytest.fixture(scope="module")
def small() -> Recording:
    return record(small_program, stack="test")


class TestWhatIsKept:
    """A rule can only be tested on what the recording holds."""

    def test_every_declaration_is_there_once_and_components_too(self, small: Recording) -> None:
        names = sorted(resource.name for resource in small.resources)
        assert names == ["aws", "data", "db", "net", "net", "net-a"], "rules would miss a resource"
        assert [component.name for component in small.components] == ["net"]
        assert "aws" not in {resource.name for resource in small.custom}, (
            "the provider would be counted as a resource of the cloud"
        )

    def test_options_arrive_as_the_engine_gets_them(self, small: Recording) -> None:
        subnet = small.named("net-a")
        assert subnet.protect, "a test of protection would prove nothing"
        assert subnet.retain_on_delete
        assert subnet.ignore_changes == ("tags",)
        assert subnet.replace_on_changes == ("cidrBlock",)
        assert subnet.delete_before_replace is True
        assert subnet.custom_timeouts == {"create": "30m"}
        assert any("old" in alias for alias in subnet.aliases)
        assert small.named("db").delete_before_replace is None

    def test_inputs_are_plain_camel_case_values(self, small: Recording) -> None:
        subnet, vpc = small.named("net-a"), small.only("aws:ec2/vpc:Vpc")
        assert set(subnet.inputs) == {"cidrBlock", "vpcId"}
        assert vpc.inputs == {"cidrBlock": "10.0.0.0/16"}

    def test_a_secret_input_is_readable_and_known_to_be_secret(self, small: Recording) -> None:
        database = small.named("db")
        assert database.inputs["password"] == "hidden"
        assert "password" in database.secret_inputs, "a leak could not be told from a plain value"
        assert "kmsKeyId" not in database.secret_inputs

    def test_urns_are_the_engine_s(self, small: Recording) -> None:
        assert small.named("net-a").urn == (
            "urn:pulumi:test::flask-fargate::"
            "flask-fargate:network:Network$aws:ec2/vpc:Vpc$aws:ec2/subnet:Subnet::net-a"
        ), "an alias tested against it would not be the one the engine looks for"

    def test_parents_and_children_find_each_other(self, small: Recording) -> None:
        component = small.components[0]
        vpc = small.only("aws:ec2/vpc:Vpc")
        assert component.parent is None
        assert small.children_of(component) == (vpc,)
        assert small.children_of(vpc.urn) == (small.named("net-a"),)
        assert small.component_of(small.named("net-a")) == component
        assert small.component_of(small.named("db")) is None

    def test_dependencies_by_option_are_told_from_those_by_argument(self, small: Recording) -> None:
        database = small.named("db")
        assert database.explicit_depends_on == (small.named("net-a").urn,)
        assert small.named("data").urn in database.depends_on
        assert database.property_dependencies["kmsKeyId"] == (small.named("data").urn,)

    def test_the_provider_travels_down_the_parents(self, small: Recording) -> None:
        provider = small.only("pulumi:providers:aws")
        for resource in small.custom:
            assert resource.provider.startswith(provider.urn), (
                f"{resource.label} would be created in whatever account the shell points to"
            )
        assert json.loads(provider.inputs["defaultTags"]) == {"tags": {"Stage": "test"}}

    def test_outputs_and_log_lines_are_kept(self, small: Recording) -> None:
        assert small.outputs["vpc_id"] == small.named("net-a").inputs["vpcId"]
        assert small.component_outputs[small.components[0].urn] == {
            "vpc_id": small.outputs["vpc_id"]
        }
        assert [message.text for message in small.messages] == ["one zone only"]

    def test_a_secret_output_is_known_to_be_secret(self) -> None:
        recording = record(
            lambda: pulumi.export("password", pulumi.Output.secret("hidden")), stack="test"
        )
        assert recording.secret_outputs == {"password"}

    def test_the_line_of_the_declaration_is_kept(self, small: Recording) -> None:
        assert small.named("db").source.startswith("tests/planning/small_program.py:"), (
            "a message could not say where the wrong argument stands"
        )

    def test_two_recordings_are_equal(self, small: Recording) -> None:
        assert record(small_program, stack="test") == small, "plans could not be compared"


class TestStandIns:
    """What a program builds of computed values has the form that AWS would give it."""

    def test_ids_and_arns_have_the_real_form(self, small: Recording) -> None:
        assert str(small.named("net-a").inputs["vpcId"]).startswith("vpc-")
        assert str(small.named("db").inputs["kmsKeyId"]).startswith(
            "arn:aws:kms:us-east-1:123456789012:key/"
        )
        assert ".us-east-1.rds.amazonaws.com:5432/app" in small.outputs["url"]

    def test_nothing_is_unknown_in_a_plain_recording(self, small: Recording) -> None:
        assert UNKNOWN not in [value for item in small.custom for value in item.inputs.values()]

    def test_an_image_is_pinned_by_a_digest(self) -> None:
        from pulumi_docker import DockerBuildArgs, Image

        def program() -> None:
            image = Image(
                "web",
                image_name="123456789012.dkr.ecr.us-east-1.amazonaws.com/app:v1",
                build=DockerBuildArgs(context="app"),
            )
            TaskDefinition("web", family="web", container_definitions=image.repo_digest)

        task = record(program, stack="test").only("aws:ecs/taskDefinition:TaskDefinition")
        repository, _, digest = task.inputs["containerDefinitions"].partition("@")
        assert repository == "123456789012.dkr.ecr.us-east-1.amazonaws.com/app"
        assert len(digest.removeprefix("sha256:")) == 64

    def test_a_first_preview_knows_no_computed_value(self) -> None:
        first = record(small_program, stack="test", unknowns=True)
        assert first.named("net-a").inputs["vpcId"] is UNKNOWN
        assert first.named("net-a").inputs["cidrBlock"] == "10.0.0.0/20"
        assert first.outputs["url"] is UNKNOWN

    def test_a_first_preview_runs_no_apply_on_a_computed_value(self) -> None:
        def program() -> None:
            Key("data").arn.apply(lambda arn: Vpc(arn))

        assert len(record(program, stack="test", unknowns=True).resources) == 1
        assert len(record(program, stack="test").resources) == 2

    def test_a_preview_is_a_preview(self) -> None:
        seen: list[bool] = []
        record(lambda: seen.append(pulumi.runtime.is_dry_run()), stack="test")
        assert seen == [True], "a program would behave as in a deployment"

    def test_the_account_can_be_asked_for(self) -> None:
        recording = record(
            lambda: pulumi.export("account", get_caller_identity_output().account_id), stack="test"
        )
        assert recording.outputs == {"account": "123456789012"}
        assert [invoke.token for invoke in recording.invokes] == [
            "aws:index/getCallerIdentity:getCallerIdentity"
        ]
