"""The engine's side of a recording: takes every request, answers with stand-ins."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlparse

from google.protobuf import empty_pb2  # type: ignore[import-untyped]
from pulumi import ResourceHook, ResourceHookArgs
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.proto import alias_pb2, engine_pb2, resource_pb2

from planning import wire
from planning.answers import answer
from planning.resource import Invoke, Message, Resource
from planning.stand_ins import StandIns

Hook = Callable[[ResourceHookArgs], Any]
_HERE: Final = f"{Path.cwd()}/"
_STACK: Final = "pulumi:pulumi:Stack"
_SEVERITIES: Final = {
    engine_pb2.INFO: "info",
    engine_pb2.WARNING: "warning",
    engine_pb2.ERROR: "error",
}


class DuplicateResourceError(ValueError):
    """Two resources have the same URN; the engine would refuse the second."""


class RecordingMonitor(MockMonitor):
    """Keeps each registration as data; nothing is created, and nothing is validated."""

    def __init__(self, project: str, stack: str, stand_ins: StandIns) -> None:
        super().__init__(None)  # type: ignore[arg-type]  # no Mocks: every request is overridden
        self._project, self._stack, self._stand_ins = project, stack, stand_ins
        self.recorded: dict[str, Resource] = {}
        self.invokes: list[Invoke] = []
        self.messages: list[Message] = []
        self.outputs: dict[str, Any] = {}
        self.secret_outputs: frozenset[str] = frozenset()
        self.component_outputs: dict[str, dict[str, Any]] = {}
        self.hooks: dict[str, Hook] = {}
        self._stack_urn = self._urn("", _STACK, f"{project}-{stack}")

    def _urn(self, parent: str, type_: str, name: str) -> str:
        # As the engine builds it: the types of all parents but the stack's, then the own type.
        if parent and parent != self._stack_urn:
            type_ = f"{parent.split('::')[2]}${type_}"
        return f"urn:pulumi:{self._stack}::{self._project}::{type_}::{name}"

    def RegisterResource(  # noqa: N802  # the name is the engine's
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        """Record one registration and answer with its inputs and stand-ins."""
        if request.type == _STACK:
            return resource_pb2.RegisterResourceResponse(urn=self._stack_urn)
        urn = self._urn(request.parent, request.type, request.name)
        resource = self._resource(request, urn)
        if urn in self.recorded:
            first = self.recorded[urn].source
            raise DuplicateResourceError(
                f"{request.type} is declared twice with the name {request.name!r}"
                f" ({first} and {resource.source}); the engine would refuse it, so give one of "
                "them a name that says what it is for"
            )
        self.recorded[urn] = resource
        identifier, computed = "", dict[str, Any]()
        if request.custom:
            identifier, computed = self._stand_ins(resource)
        answered = wire.encode(computed)
        answered.MergeFrom(request.object)
        return resource_pb2.RegisterResourceResponse(urn=urn, id=identifier, object=answered)

    def _resource(self, request: resource_pb2.RegisterResourceRequest, urn: str) -> Resource:
        inputs, secret = wire.decode(request.object)
        at_stack = request.parent in {"", self._stack_urn}
        timeouts = request.customTimeouts
        return Resource(
            type=request.type,
            name=request.name,
            urn=urn,
            inputs=inputs,
            secret_inputs=secret,
            custom=request.custom,
            parent=None if at_stack else request.parent,
            provider=request.provider,
            providers=dict(request.providers),
            protect=request.protect,
            ignore_changes=tuple(request.ignoreChanges),
            depends_on=tuple(request.dependencies),
            property_dependencies={
                key: tuple(value.urns) for key, value in request.propertyDependencies.items()
            },
            aliases=(*request.aliasURNs, *(_alias(alias) for alias in request.aliases)),
            retain_on_delete=request.retainOnDelete,
            replace_on_changes=tuple(request.replaceOnChanges),
            delete_before_replace=(
                request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None
            ),
            deleted_with=request.deletedWith,
            additional_secret_outputs=tuple(request.additionalSecretOutputs),
            custom_timeouts={
                key: value
                for key in ("create", "update", "delete")
                if (value := getattr(timeouts, key))
            },
            hooks={
                field.name: tuple(names) for field, names in request.hooks.ListFields() if names
            },
            import_id=request.importId,
            version=request.version,
            source=_source(request),
        )

    def RegisterResourceOutputs(  # noqa: N802
        self, request: resource_pb2.RegisterResourceOutputsRequest
    ) -> empty_pb2.Empty:
        """Keep the stack's exports and the outputs of components."""
        values, secret = wire.decode(request.outputs)
        if request.urn == self._stack_urn:
            self.outputs, self.secret_outputs = values, secret
        else:
            self.component_outputs[request.urn] = values
        return empty_pb2.Empty()

    def Invoke(  # noqa: N802
        self, request: resource_pb2.ResourceInvokeRequest
    ) -> resource_pb2.ResourceInvokeResponse:
        """Record a question to a provider and answer it from the table."""
        arguments, _ = wire.decode(request.args)
        self.invokes.append(
            Invoke(token=request.tok, arguments=arguments, provider=request.provider)
        )
        reply = wire.encode(answer(request.tok, arguments))
        return resource_pb2.ResourceInvokeResponse(**{"return": reply})

    def ReadResource(  # noqa: N802
        self, request: resource_pb2.ReadResourceRequest
    ) -> resource_pb2.ReadResourceResponse:
        """Refuse `Resource.get`: it asks AWS for something that is not the stack's."""
        raise LookupError(
            f"the program looks up {request.type} {request.id!r}, and a plan asks nobody; "
            "put what is needed of it into the stack's YAML file"
        )

    def register_resource_hook(self, hook: ResourceHook) -> None:
        """Keep a hook; nothing happens here that it could be called for.

        The SDK would open a port for the engine's calls: the monitor stands for that server too.
        """
        self.hooks[hook.name] = hook.callback

    def Log(self, request: engine_pb2.LogRequest) -> None:  # noqa: N802
        """Keep what the program logs; the monitor stands for the engine too."""
        if severity := _SEVERITIES.get(request.severity):
            self.messages.append(Message(severity=severity, text=request.message))


def _alias(alias: alias_pb2.Alias) -> str:
    if alias.urn:
        return str(alias.urn)
    spec = alias.spec
    parts = [(field.name, value) for field, value in spec.ListFields()]
    return ", ".join(f"{name}={value}" for name, value in parts)


def _source(request: resource_pb2.RegisterResourceRequest) -> str:
    for frame in request.stackTrace.frames:
        path = unquote(urlparse(frame.pc.uri).path)
        if path and "/site-packages/" not in path:
            return f"{path.removeprefix(_HERE)}:{frame.pc.line}"
    return ""
