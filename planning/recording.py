"""Runs a Pulumi program without engine, network and cloud, and keeps what it declared."""

import asyncio
import contextlib
import contextvars
import gc
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, TypeVar

from pulumi.runtime import settings as runtime
from pulumi.runtime.mocks import MockSettings
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.stack import run_in_stack

from planning.monitor import DuplicateResourceError, Hook, RecordingMonitor
from planning.offline import NotOfflineError, offline
from planning.resource import Invoke, Message, Resource
from planning.stand_ins import StandIns, realistic, unknown
from planning.wire import UNKNOWN

__all__ = [
    "UNKNOWN",
    "DuplicateResourceError",
    "Invoke",
    "Message",
    "NotOfflineError",
    "Recording",
    "Resource",
    "record",
]

_Result = TypeVar("_Result")
PROJECT: Final = "flask-fargate"


@dataclass(frozen=True, kw_only=True)
class Recording:
    """Everything a program declared, in the order of declaration."""

    project: str
    stack: str
    resources: tuple[Resource, ...]
    invokes: tuple[Invoke, ...] = ()
    messages: tuple[Message, ...] = ()
    outputs: Mapping[str, Any] = field(default_factory=dict)
    secret_outputs: frozenset[str] = frozenset()
    component_outputs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    hooks: Mapping[str, Hook] = field(default_factory=dict)

    @cached_property
    def by_urn(self) -> Mapping[str, Resource]:
        """Every resource by its URN."""
        return {resource.urn: resource for resource in self.resources}

    @property
    def components(self) -> tuple[Resource, ...]:
        """What only groups other resources."""
        return tuple(resource for resource in self.resources if not resource.custom)

    @property
    def custom(self) -> tuple[Resource, ...]:
        """What a provider would create, without the providers themselves."""
        return tuple(
            resource
            for resource in self.resources
            if resource.custom and not resource.type.startswith("pulumi:providers:")
        )

    def of_type(self, token: str) -> tuple[Resource, ...]:
        """All resources of a type, such as `aws:ec2/subnet:Subnet`."""
        return tuple(resource for resource in self.resources if resource.type == token)

    def only(self, token: str) -> Resource:
        """The one resource of a type; LookupError tells what there is otherwise."""
        return self._one(self.of_type(token), f"of type {token}")

    def named(self, name: str, token: str | None = None) -> Resource:
        """The one resource with a logical name, of the type if one is given."""
        found = tuple(
            resource
            for resource in self.resources
            if resource.name == name and token in {None, resource.type}
        )
        return self._one(found, f"named {name!r}" + (f" of type {token}" if token else ""))

    def children_of(self, parent: str | Resource) -> tuple[Resource, ...]:
        """The direct children of a resource, given as such, by URN or by logical name."""
        if isinstance(parent, str):
            urns = {resource.urn for resource in self.resources if resource.name == parent}
            urns.add(parent)
        else:
            urns = {parent.urn}
        return tuple(resource for resource in self.resources if resource.parent in urns)

    def component_of(self, resource: Resource) -> Resource | None:
        """The nearest component above a resource; None when it stands directly in the stack."""
        parent = self.by_urn.get(resource.parent or "")
        while parent is not None and parent.custom:
            parent = self.by_urn.get(parent.parent or "")
        return parent

    def _one(self, found: tuple[Resource, ...], what: str) -> Resource:
        if len(found) == 1:
            return found[0]
        there = ", ".join(sorted(resource.label for resource in found or self.resources))
        raise LookupError(f"{len(found)} resources {what}, expected one; there is: {there}")


def record(
    program: Callable[[], object],
    *,
    project: str = PROJECT,
    stack: str,
    unknowns: bool = False,
    stand_ins: StandIns | None = None,
) -> Recording:
    """What `program` declares when it is run as a preview of `stack`.

    With `unknowns`, computed values are unknown as in the preview of a stack that does not exist
    yet: what depends on them is UNKNOWN in the inputs, and no `apply` on them runs. Otherwise they
    are `stand_ins`: made-up values in the form AWS gives them.

    Raises whatever the program raises, also within `apply`; DuplicateResourceError for two
    resources with one URN; NotOfflineError when it reaches for network or another program.
    """
    monitor = RecordingMonitor(project, stack, stand_ins or (unknown if unknowns else realistic))
    # Pulumi keeps its settings in context variables: a context of its own leaves nothing behind.
    contextvars.copy_context().run(_run, program, monitor, project, stack)
    return Recording(
        project=project,
        stack=stack,
        resources=tuple(monitor.recorded.values()),
        invokes=tuple(monitor.invokes),
        messages=tuple(monitor.messages),
        outputs=monitor.outputs,
        secret_outputs=monitor.secret_outputs,
        component_outputs=monitor.component_outputs,
        hooks=monitor.hooks,
    )


def _run(
    program: Callable[[], object], monitor: RecordingMonitor, project: str, stack: str
) -> None:
    settings = MockSettings(  # type: ignore[no-untyped-call]
        monitor=monitor,
        monitor_features={resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_HOOKS},
        engine=monitor,
        project=project,
        stack=stack,
        organization="organization",
        dry_run=True,
        callbacks=monitor,
        outputs=set(),
        package_refs={},
        base_providers_by_ref={},
    )
    with _event_loop() as loop, offline(), _no_collection():
        runtime.configure(settings)
        runtime.ROOT.set(None)
        loop.run_until_complete(run_in_stack(lambda: _run_to_the_end(program)))


async def _run_to_the_end(program: Callable[[], object]) -> None:
    """Run the program and all it started.

    The SDK would wait for it too, but by looking through every open output each time one of them
    is done, which takes most of the time of a large program. It keeps what failed and raises it.
    """
    program()
    me = asyncio.current_task()
    while left := asyncio.all_tasks() - {me}:
        await asyncio.wait(left)


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """Hold the garbage collector: the SDK makes some 30 linked objects for each attribute.

    It would walk through all of them again and again, which takes more than half of the time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextlib.contextmanager
def _event_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop whose tasks are all ended, and whose "threads" are this one, so order is fixed."""
    loop = asyncio.new_event_loop()
    loop.set_default_executor(_Inline())
    # What an output raises is raised again by the run; the loop's own report would only repeat it.
    loop.set_exception_handler(lambda _loop, _context: None)
    asyncio.set_event_loop(loop)
    try:
        yield loop
    finally:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        asyncio.set_event_loop(None)
        loop.close()


class _Inline(ThreadPoolExecutor):
    """Runs at once what the SDK gives to a thread: the answers are made here, not waited for."""

    def submit(
        self, call: Callable[..., _Result], /, *arguments: Any, **named: Any
    ) -> Future[_Result]:
        """The finished future of a call."""
        future: Future[_Result] = Future()
        try:
            future.set_result(call(*arguments, **named))
        except Exception as problem:  # the caller gets it from the future, as from a thread
            future.set_exception(problem)
        return future
