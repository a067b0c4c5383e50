"""A program's resources as the text of one Terraform file."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from planning.argument_check import object_kind
from planning.export import hcl
from planning.export.references import label, references
from planning.export.types import attribute_name, block_name, terraform_type
from planning.provider_types import arguments_class
from planning.recording import Recording, record
from planning.resource import Resource
from planning.wire import UNKNOWN, Asset


def export(program: Callable[[], object], *, stack: str) -> str:
    """The program's plan in Terraform's language, with references between its resources.

    Raises UnknownTypeError for a type that has no Terraform type in the table.
    """
    return text(record(program, stack=stack, stand_ins=references))


def text(recording: Recording) -> str:
    """The file for what was recorded with `references` as stand-ins."""
    lines: list[str] = []
    taken: set[tuple[str, str]] = set()
    for resource in recording.resources:
        if not resource.custom or (terraform := terraform_type(resource.type)) is None:
            continue
        if (terraform, label(resource)) in taken:
            raise ValueError(
                f"two {terraform} are named {resource.name!r}; Terraform has no parents to tell "
                "them apart, so rename one"
            )
        taken.add((terraform, label(resource)))
        lines += [f"# {resource.source}", *_resource(resource, terraform), ""]
    return "\n".join(lines)


def write(recording: Recording, folder: Path) -> Path:
    """Put the file into a folder and return its path."""
    path = folder / "main.tf"
    path.write_text(text(recording))
    return path


def _resource(resource: Resource, terraform: str) -> Iterator[str]:
    body = [
        *_body(resource.inputs, arguments_class(resource.type), terraform, 1),
        *hcl.block("lifecycle", _lifecycle(resource), 1),
    ]
    yield from hcl.block(f'resource "{terraform}" "{label(resource)}"', body)


def _lifecycle(resource: Resource) -> Iterator[str]:
    # Pulumi creates a replacement before it deletes, unless it is told otherwise.
    yield hcl.assignment("create_before_destroy", not resource.delete_before_replace, 2)
    yield hcl.assignment("prevent_destroy", resource.protect, 2)


def _body(
    given: Mapping[str, Any], arguments: type[Any] | None, terraform: str, depth: int
) -> Iterator[str]:
    for key, value in given.items():
        if value is UNKNOWN or value is None or isinstance(value, Asset) or key.startswith("__"):
            continue
        nested = object_kind(arguments, key) if arguments else None
        # A policy document may be given as text where it could be nested.
        if nested is None or isinstance(value, str):
            yield hcl.assignment(attribute_name(terraform, key), value, depth)
            continue
        repeated = isinstance(value, list)
        for item in value if repeated else [value]:
            inner = _body(item, nested, terraform, depth + 1)
            yield from hcl.block(block_name(key, repeated=repeated), inner, depth)
