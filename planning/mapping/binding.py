"""How the arguments of a resource type map to the members of an AWS API operation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from planning.service_models import Model, model


@dataclass(frozen=True)
class Binding:
    """A resource type's operation.

    An argument belongs to the member of the same name, not looking at case or plural. `members`
    holds the rest: dotted argument to dotted member, from where the argument's parent is, or from
    the operation's input with a leading slash; a dot stands for the parent's own members. `root`
    is where the arguments begin.
    """

    service: str
    operation: str
    root: str = ""
    members: Mapping[str, str] = field(default_factory=dict)

    @property
    def model(self) -> Model:
        """The description of the service."""
        return model(self.service)

    @property
    def request(self) -> Mapping[str, Any]:
        """The shape of the operation's whole input."""
        return self.model.input_of(self.operation)

    @property
    def start(self) -> Mapping[str, Any]:
        """The shape that the arguments are members of."""
        return self.model.at(self.request, self.root) if self.root else self.request

    def shape_of(
        self, structure: Mapping[str, Any], key: str, path: str
    ) -> Mapping[str, Any] | None:
        """The shape of the argument `key`, at the dotted `path`; None when there is no member."""
        named = self.members.get(path)
        if named == ".":
            return structure
        if named is not None:
            if named.startswith("/"):
                return self.model.at(self.request, named[1:])
            return self.model.at(structure, named)
        while structure["type"] == "list":
            structure = self.model.shape(structure["member"]["shape"])
        found = _same_name(structure.get("members", {}), key)
        return self.model.member(structure, found) if found else None


def _same_name(members: Mapping[str, Any], key: str) -> str | None:
    by_name = {_folded(member): member for member in members}
    return by_name.get(_folded(key))


def _folded(name: str) -> str:
    return name.lower().removesuffix("s")


@dataclass(frozen=True)
class Mapped:
    """A type's operations, and the arguments that only the provider knows."""

    bindings: tuple[Binding, ...]
    own: frozenset[str] = frozenset()


def mapped(*bindings: Binding, own: str = "") -> Mapped:
    """A table entry; `own` are dotted arguments, separated by blanks."""
    return Mapped(bindings, frozenset(own.split()))
