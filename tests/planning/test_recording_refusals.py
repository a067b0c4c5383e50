"""The recorder refuses what the engine would refuse, and leaves nothing behind."""

import asyncio
import gc
import socket
import subprocess
import time

import pulumi
import pytest
from pulumi_aws.ec2.subnet import Subnet
from pulumi_aws.ec2.vpc import Vpc
from pulumi_aws.get_availability_zones import get_availability_zones
from pulumi_aws.kms.key import Key

from planning.answers import UnansweredError
from planning.recording import (
    DuplicateResourceError,
    NotOfflineError,
    Recording,
    record,
)
from tests.planning.small_program import small_program


@pytest.fixture(scope="module")
def small() -> Recording:
    return record(small_program, stack="test")


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
