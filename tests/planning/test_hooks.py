"""A recording keeps the hooks that a program binds to its resources, and calls none."""

import asyncio
from collections.abc import Callable

import pulumi
import pytest
from pulumi import ResourceHookArgs
from pulumi_aws.kms.key import Key

from planning.recording import Recording, record

CALLED: list[str] = []


def program() -> None:
    def before(event: ResourceHookArgs) -> None:
        CALLED.append(event.name)

    async def later(event: ResourceHookArgs) -> None:
        CALLED.append(f"later {event.name}")

    first, second = (pulumi.ResourceHook(each.__name__, each) for each in (before, later))
    binding = pulumi.ResourceHookBinding(before_create=[first, second], before_update=[first])
    Key("bound", opts=pulumi.ResourceOptions(hooks=binding))
    Key("free")


@pytest.fixture(scope="module")
def recording() -> Recording:
    CALLED.clear()
    return record(program, stack="test")


class TestHooks:
    """What happens only in an update can be tested without one."""

    def test_are_kept_by_their_name(self, recording: Recording) -> None:
        assert list(recording.hooks) == ["before", "later"], "a test could not call them"

    def test_of_a_resource_are_told_by_when_they_run(self, recording: Recording) -> None:
        assert recording.named("bound").hooks == {
            "before_create": ("before", "later"),
            "before_update": ("before",),
        }, "a hook that is bound to nothing would look like one that works"
        assert recording.named("free").hooks == {}

    def test_are_not_called(self, recording: Recording) -> None:
        assert not CALLED, "a plan would release"

    def test_can_be_called_as_they_were_given(self, recording: Recording) -> None:
        event = ResourceHookArgs("urn:x", "id", "bound", "type")
        recording.hooks["before"](event)
        asyncio.run(recording.hooks["later"](event))
        assert CALLED == ["bound", "later bound"]

    def test_open_no_port_for_the_engine(self) -> None:
        # The recorder refuses every socket.
        assert record(program, stack="test").resources, "a plan would need the network"

    def test_are_in_the_recording_of_unknown_values_too(self) -> None:
        recorded = record(program, stack="test", unknowns=True)
        assert set(recorded.hooks) == {"before", "later"}


def test_a_hook_of_one_name_twice_is_the_second_programs_own() -> None:
    def one(callback: Callable[[ResourceHookArgs], None]) -> Recording:
        return record(lambda: pulumi.ResourceHook("same", callback), stack="test")

    def first(_: ResourceHookArgs) -> None: ...

    def second(_: ResourceHookArgs) -> None: ...

    assert one(first).hooks["same"] is first
    assert one(second).hooks["same"] is second, "one recording leaks into the next"
