"""One recorded registration, as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource or component that the program declared, with every option it was given.

    `inputs` are the arguments as sent (camelCase, secrets unwrapped); what was secret stands in
    `secret_inputs`. URNs stand for resources in `parent`, `depends_on` and `aliases`; a parent of
    None is the stack. `depends_on` holds what an argument refers to as well;
    `explicit_depends_on` only what was asked for by option. Protection is inherited, as the
    engine does it; `providers` maps a package to `urn::id`.
    """

    type: str
    name: str
    urn: str
    inputs: Mapping[str, Any]
    custom: bool
    parent: str | None = None
    provider: str = ""
    providers: Mapping[str, str] = field(default_factory=dict)
    protect: bool = False
    ignore_changes: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    retain_on_delete: bool = False
    replace_on_changes: tuple[str, ...] = ()
    delete_before_replace: bool | None = None
    deleted_with: str = ""
    additional_secret_outputs: tuple[str, ...] = ()
    custom_timeouts: Mapping[str, str] = field(default_factory=dict)
    import_id: str = ""
    version: str = ""
    secret_inputs: frozenset[str] = frozenset()
    hooks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    source: str = ""

    def __hash__(self) -> int:
        """Of the URN, as the inputs are mappings."""
        return hash(self.urn)

    @property
    def explicit_depends_on(self) -> tuple[str, ...]:
        """The dependencies that no argument explains."""
        implied = {urn for urns in self.property_dependencies.values() for urn in urns}
        return tuple(urn for urn in self.depends_on if urn not in implied)

    @property
    def label(self) -> str:
        """How a message names the resource: `aws:rds/instance:Instance app-prod`."""
        return f"{self.type} {self.name}"


@dataclass(frozen=True, kw_only=True)
class Invoke:
    """A question to a provider that the program asked while it was planned."""

    token: str
    arguments: Mapping[str, Any]
    provider: str = ""


@dataclass(frozen=True, kw_only=True)
class Message:
    """A line that the program logged to the engine; the severity is info, warning or error."""

    severity: str
    text: str
