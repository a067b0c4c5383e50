"""Arguments of a resource against the typed arguments that its Pulumi package ships."""

import difflib
import inspect
import types
import typing
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from enum import Enum
from functools import cache
from typing import Any, Final

from pulumi import Archive, Asset, Output, _types

from planning import wire
from planning.provider_types import arguments_class
from planning.resource import Resource

# What `Input[T]` allows beside T while a program runs; a recording holds only the value.
_ON_THE_WAY: Final = frozenset({Awaitable, Output, type(None)})
_WORDS: Final = {str: "text", bool: "true or false", int: "a whole number", float: "a number"}


def argument_problems(resource: Resource) -> list[str]:
    """Unknown, missing and wrongly typed arguments, at any depth; one line each."""
    if resource.type.startswith(("pulumi:providers:", "pulumi-python:dynamic/")):
        # Sent to the engine as text, which it reads with the provider's own schema; and what the
        # project provides itself.
        return []
    arguments = arguments_class(resource.type)
    if arguments is None:
        return [f"no installed package has a resource type {resource.type}"]
    return list(_object_problems(resource.inputs, arguments, ""))


@cache
def _allowed(arguments: Any) -> Mapping[str, Any]:
    """The kinds of an arguments class by their camelCase name."""
    return _types.input_type_types(arguments)


@cache
def _required(arguments: Any) -> frozenset[str]:
    names = _types.input_type_py_to_pulumi_names(arguments)
    parameters = inspect.signature(arguments.__init__).parameters
    return frozenset(
        names.get(name, name)
        for name, parameter in parameters.items()
        if name != "__self__"
        and parameter.kind is inspect.Parameter.KEYWORD_ONLY
        and parameter.default is inspect.Parameter.empty
    )


def _object_problems(given: Mapping[str, Any], arguments: Any, path: str) -> Iterator[str]:
    allowed = _allowed(arguments)
    for key, value in given.items():
        here = f"{path}.{key}" if path else key
        if key.startswith("__"):
            continue
        if key not in allowed:
            yield f"{here}: there is no such argument{_suggestion(key, allowed)}"
        else:
            yield from _value_problems(value, allowed[key], here)
    for key in sorted(_required(arguments) - given.keys()):
        yield f"{f'{path}.{key}' if path else key}: missing, and it is required"


def _suggestion(key: str, allowed: Mapping[str, Any]) -> str:
    close = difflib.get_close_matches(key, allowed, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _value_problems(value: Any, kind: Any, path: str) -> Iterator[str]:
    if value is wire.UNKNOWN or value is None:
        return
    kinds = list(_kinds(kind))
    found: list[str] = []
    for one in kinds:
        if not _shape_fits(value, one):
            continue
        inner = list(_inner_problems(value, one, path))
        if not inner:
            return
        found = found or inner
    if found:
        yield from found
    else:
        words = sorted({_words(one) for one in kinds})
        yield f"{path}: {value!r} given, {' or '.join(words)} allowed"


def _kinds(kind: Any) -> Iterator[Any]:
    """The members of a union, without what only a running program has."""
    if typing.get_origin(kind) in {typing.Union, types.UnionType}:
        for member in typing.get_args(kind):
            yield from _kinds(member)
    elif (typing.get_origin(kind) or kind) not in _ON_THE_WAY:
        yield kind


def _shape_fits(value: Any, kind: Any) -> bool:
    origin = typing.get_origin(kind) or kind
    if origin is Any or not isinstance(origin, type):
        return True
    if isinstance(value, bool):
        return origin is bool
    if isinstance(value, str):
        return origin is str or issubclass(origin, Enum)
    if isinstance(value, int | float):
        return origin is float or (origin is int and isinstance(value, int))
    if isinstance(value, wire.Asset):
        return issubclass(origin, Asset | Archive)
    if isinstance(value, Mapping):
        return _types.is_input_type(origin) or issubclass(origin, Mapping)
    return issubclass(origin, Sequence) and origin is not str


def _inner_problems(value: Any, kind: Any, path: str) -> Iterator[str]:
    origin = typing.get_origin(kind) or kind
    inner = typing.get_args(kind)
    if isinstance(value, Mapping) and isinstance(origin, type) and _types.is_input_type(origin):
        yield from _object_problems(value, origin, path)
    elif isinstance(value, Mapping) and len(inner) == 2:
        for key, item in value.items():
            yield from _value_problems(item, inner[1], f"{path}.{key}")
    elif isinstance(value, Sequence) and not isinstance(value, str) and inner:
        for position, item in enumerate(value):
            yield from _value_problems(item, inner[0], f"{path}[{position}]")


def _words(kind: Any) -> str:
    origin = typing.get_origin(kind) or kind
    if origin in _WORDS:
        return _WORDS[origin]
    if isinstance(origin, type) and issubclass(origin, Enum):
        return "text"
    if isinstance(origin, type) and (_types.is_input_type(origin) or issubclass(origin, Mapping)):
        return "a mapping"
    return "a list" if isinstance(origin, type) and issubclass(origin, Sequence) else str(kind)


def object_kind(arguments: Any, key: str) -> type[Any] | None:
    """The nested arguments that an argument is or lists; None for a plain value or a mapping."""
    for kind in _kinds(_allowed(arguments).get(key, Any)):
        inner = typing.get_args(kind)
        listed = _kinds(inner[0]) if len(inner) == 1 else ()
        for candidate in (kind, *listed):
            if isinstance(candidate, type) and _types.is_input_type(candidate):
                return candidate
    return None
