"""Stand-ins that say where they come from: `${aws_vpc.name.id}` instead of a made-up id."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pulumi import _types

from planning import stand_ins
from planning.export.types import attribute_name, block_name, terraform_type
from planning.identifiers import name_key
from planning.provider_types import resource_class
from planning.resource import Resource


def address(resource: Resource) -> str:
    """The Terraform address of a resource, `aws_vpc.flaskapp_prod_vpc`."""
    return f"{terraform_type(resource.type)}.{label(resource)}"


def label(resource: Resource) -> str:
    """The logical name with the characters that every reader of Terraform accepts."""
    return re.sub(r"\W", "_", resource.name)


def references(resource: Resource) -> tuple[str, dict[str, Any]]:
    """The id and the attributes of a resource, each as a reference to itself."""
    terraform = terraform_type(resource.type)
    if terraform is None:
        return stand_ins.realistic(resource)
    here = address(resource)
    cls = resource_class(resource.type)
    types = _types.resource_types(cls) if cls else {}
    _, realistic = stand_ins.realistic(resource)
    answers = {
        key: _referring(_Place(here, terraform, key), value, _texts(resource.inputs))
        for key, value in realistic.items()
        if key in types
    }
    answers.pop(name_key(resource.type), None)
    if name_key(resource.type) not in resource.inputs:
        answers[name_key(resource.type)] = f"${{{here}.{name_key(resource.type)}}}"
    return f"${{{here}.id}}", answers


@dataclass(frozen=True)
class _Place:
    """An attribute of a resource."""

    address: str
    terraform: str
    key: str

    def reference(self) -> str:
        return f"${{{self.address}.{attribute_name(self.terraform, self.key)}}}"

    def field(self, position: int, field: str) -> str:
        listed = f"{block_name(self.key, repeated=True)}[{position}]"
        return f"${{{self.address}.{listed}.{attribute_name(self.terraform, field)}}}"


def _referring(place: _Place, value: Any, given: set[str]) -> Any:
    """Text becomes a reference; so do the fields of listed objects; numbers stay.

    A field that repeats an argument stays too: the program may look for it.
    """
    if isinstance(value, str):
        return place.reference()
    if isinstance(value, list):
        return [
            {
                field: text if text in given else place.field(position, field)
                for field, text in item.items()
            }
            for position, item in enumerate(value)
            if isinstance(item, dict)
        ]
    return value


def _texts(value: Any) -> set[str]:
    """Every text within a value."""
    if isinstance(value, str):
        return {value}
    if isinstance(value, Mapping):
        return _texts(list(value.values()))
    return {text for item in value for text in _texts(item)} if isinstance(value, list) else set()
