"""The recorder keeps everything a program declares, and refuses what the engine would refuse."""

import asyncio
import gc
import json
import socket
import subprocess
import time

import pulumi
import pytest
from pulumi_aws.ec2.subnet import Subnet
from pulumi_aws.ec2.vpc import Vpc
from pulumi_aws.ecs.task_definition import TaskDefinition
from pulumi_aws.get_availability_zones import get_availability_zones
from pulumi_aws.get_caller_identity import get_caller_identity_output
from pulumi_aws.kms.key import Key
from pulumi_aws.provider import Provider
from pulumi_aws.rds.instance import Instance

from planning.answers import UnansweredError
from planning.recording import (
    UNKNOWN,
    DuplicateResourceError,
    NotOfflineError,
    Recording,
    record,
)


class Network(pulumi.ComponentResource):
    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("flask-fargate:network:Network", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.vpc = Vpc(name, cidr_block="10.0.0.0/16", opts=child)
        self.subnet = Subnet(
            f"{name}-a",
            vpc_id=self.vpc.id,
            cidr_block="10.0.0.0/20",
            opts=pulumi.ResourceOptions(
                parent=self.vpc,
                protect=True,
                retain_on_delete=True,
                ignore_changes=["tags"],
                replace_on_changes=["cidr_block"],
                delete_before_replace=True,
                aliases=[pulumi.Alias(name="old")],
                custom_timeouts=pulumi.CustomTimeouts(create="30m"),
            ),
        )
        self.register_outputs({"vpc_id": self.vpc.id})


def small_program() -> None:
    provider = Provider("aws", region="us-east-1", default_tags={"tags": {"Stage": "test"}})
    network = Network("net", opts=pulumi.ResourceOptions(providers=[provider]))
    key = Key("data", opts=pulumi.ResourceOptions(provider=provider))
    database = Instance(
        "db",
        instance_class="db.t4g.micro",
        password=pulumi.Output.secret("hidden"),
        kms_key_id=key.arn,
        opts=pulumi.ResourceOptions(provider=provider, depends_on=[network.subnet]),
    )
    pulumi.export("vpc_id", network.vpc.id)
    pulumi.export("url", pulumi.Output.concat("postgres://", database.endpoint, "/app"))
    pulumi.log.warn("one zone only")


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
        assert small.named("db").source.startswith("tests/planning/test_recording.py:"), (
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


class TestRefusals:
    """A recording ends where a deployment would, with the same or a better reason."""

    def test_two_resources_of_one_type_and_name_are_refused(self) -> None:
        with pytest.raises(DuplicateResourceError) as refused:
            record(lambda: (Vpc("twice"), Vpc("twice")), stack="test")
        assert "aws:ec2/vpc:Vpc is declared twice with the name 'twice'" in str(refused.value)

    def test_one_name_for_two_types_is_fine(self) -> None:
        assert len(record(lambda: (Vpc("a"), Key("a")), stack="test").resources) == 2

    def test_one_name_under_two_parents_of_different_type_is_fine(self) -> None:
        def program() -> None:
            Vpc("a")
            Vpc("a", opts=pulumi.ResourceOptions(parent=Key("parent")))

        assert len(record(program, stack="test").of_type("aws:ec2/vpc:Vpc")) == 2

    def test_what_the_program_raises_comes_out(self) -> None:
        def program() -> None:
            Vpc("before")
            raise KeyError("missing")

        with pytest.raises(KeyError, match="missing"):
            record(program, stack="test")

    def test_what_is_raised_within_apply_comes_out(self) -> None:
        with pytest.raises(ZeroDivisionError):
            record(lambda: Vpc("a").id.apply(lambda _: 1 / 0), stack="test")

    def test_what_is_raised_within_a_nested_apply_comes_out(self) -> None:
        def fail(_: str) -> pulumi.Output[float]:
            return Key("b").arn.apply(lambda _: 1 / 0)

        def program() -> None:
            pulumi.export("ratio", Vpc("a").id.apply(fail))

        with pytest.raises(ZeroDivisionError):
            record(program, stack="test")

    def test_a_missing_required_argument_comes_out(self) -> None:
        with pytest.raises(TypeError, match="vpc_id"):
            record(lambda: Subnet("a"), stack="test")

    def test_a_program_of_another_kind_is_not_started(self) -> None:
        with pytest.raises(NotOfflineError, match=r"subprocess\.Popen"):
            record(lambda: subprocess.run(["true"], check=True), stack="test")

    def test_no_connection_is_opened(self) -> None:
        with (
            socket.socket() as outward,
            pytest.raises(NotOfflineError, match=r"socket\.connect"),
        ):
            record(lambda: outward.connect(("192.0.2.1", 443)), stack="test")

    def test_no_name_is_resolved(self) -> None:
        with pytest.raises(NotOfflineError, match="getaddrinfo"):
            record(lambda: socket.getaddrinfo("example.com", 443), stack="test")

    def test_after_a_recording_the_process_may_reach_out_again(self) -> None:
        record(lambda: None, stack="test")
        assert subprocess.run(["true"], check=True).returncode == 0

    def test_a_lookup_of_what_is_not_the_stack_s_is_refused(self) -> None:
        with pytest.raises(LookupError, match="vpc-1"):
            record(lambda: Vpc.get("other", "vpc-1"), stack="test")

    def test_a_question_without_an_answer_is_refused(self) -> None:
        with pytest.raises(UnansweredError, match="getAvailabilityZones"):
            record(lambda: get_availability_zones(), stack="test")

    def test_only_refuses_when_there_are_several(self, small: Recording) -> None:
        with pytest.raises(LookupError, match="0 resources of type aws:ec2/eip:Eip"):
            small.only("aws:ec2/eip:Eip")
        with pytest.raises(LookupError, match="2 resources named 'net'"):
            small.named("net")


class TestRepeatedUse:
    """Tests record many programs in one process; none may see another."""

    def test_a_failed_recording_leaves_nothing_behind(self, small: Recording) -> None:
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                record(lambda: Vpc("a").id.apply(lambda _: 1 / 0), stack="test")
        assert record(small_program, stack="test") == small

    def test_the_runtime_is_untouched_afterwards(self) -> None:
        record(small_program, stack="test")
        assert pulumi.runtime.settings.ROOT.get() is None
        assert pulumi.runtime.settings.get_stack() != "test"
        assert gc.isenabled(), "the process would grow without end"

    def test_no_event_loop_is_left_open(self) -> None:
        record(small_program, stack="test")
        with pytest.raises(RuntimeError):
            asyncio.get_running_loop()

    def test_three_hundred_resources_take_about_a_second(self) -> None:
        def program() -> None:
            vpc = Vpc("net", cidr_block="10.0.0.0/16")
            for number in range(300):
                Subnet(f"net-{number}", vpc_id=vpc.id, tags={"Name": str(number)})

        started = time.process_time()
        recording = record(program, stack="test")
        assert len(recording.resources) == 301
        # Twice the time of a slow machine; without the two measures in the recorder it takes 5 s.
        assert time.process_time() - started < 3, "`make plan` would not be done within 2 s"
