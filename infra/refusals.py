"""Pydantic's errors in the project's words: what was given, what is allowed, what to write."""

import difflib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_args, get_origin

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo

from infra.plain_secrets import form_of
from infra.problems import Problem, RejectedError

# What no message may repeat: a value under such a key could be a secret put in the wrong place.
_SECRET_WORDS = ("password", "secret", "token", "key", "credential", "dsn", "url")


def problems_of(error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    """One problem per error; keys are dotted paths of the YAML."""
    return [_problem(details, model) for details in error.errors(include_url=False)]


def _problem(details: Any, model: type[BaseModel]) -> Problem:
    path: Sequence[str | int] = details["loc"]
    owner, field = _owner_and_field(path, model)
    # The place that pydantic gives to the name of an entry.
    if path[-1] == "[key]":
        return _misnamed(path[:-1], details, field)
    key = ".".join(map(str, path))
    if details["type"] in ("extra_forbidden", "invalid_key"):
        return _unknown(key, str(path[-1]), details["input"], owner)
    cause = details.get("ctx", {}).get("error")
    write = _example(path, field)
    if isinstance(cause, RejectedError):
        return Problem(key, shown(key, details["input"]), cause.allowed, cause.write)
    if details["type"] == "missing":
        return Problem(key, "nothing", "this key is required", write)
    allowed = _ALLOWED.get(details["type"], _in_own_words)(details, field)
    return Problem(key, shown(key, details["input"]), allowed, write)


def _misnamed(path: Sequence[str | int], details: Any, field: FieldInfo | None) -> Problem:
    cause = details.get("ctx", {}).get("error")
    key, name = ".".join(map(str, path)), path[-1]
    if isinstance(cause, RejectedError):
        allowed, write = cause.allowed, f"{cause.write} instead of {name}"
    else:
        allowed = _ALLOWED.get(details["type"], _in_own_words)(details, field)
        write = f"a shorter name than {name}"
    return Problem(key, "this name", allowed, write)


def _example(path: Sequence[str | int], field: FieldInfo | None) -> str:
    """What to write: the keys of a block, else the field's example, one entry of it in a list."""
    if field is None:
        return "a value"
    block = model_in(field.annotation)
    kind = get_origin(field.annotation)
    inside = (kind is tuple and isinstance(path[-1], int)) or (
        kind is dict and path[-1] != field.alias
    )
    if block and (inside or kind not in (tuple, dict)):
        keys = ", ".join(str(info.alias) for info in block.model_fields.values())
        return f"a block with the keys {keys} (see docs/settings.md)"
    if kind is dict and inside:
        return "a text in quotes"
    example: Any = field.examples[0] if field.examples else "..."
    return json.dumps(example[0] if inside and example else example)


def shown(key: str, value: object) -> str:
    """The value as a person wrote it, short; only its kind where it could be a secret."""
    if isinstance(value, SecretStr):
        return _kind(value)
    text = json.dumps(value, default=str, ensure_ascii=False)
    harmless = isinstance(value, bool | int | float | None) and not key.startswith("secrets.")
    if form_of(text) or (not harmless and any(word in key.lower() for word in _SECRET_WORDS)):
        return _kind(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _kind(value: object) -> str:
    if isinstance(value, str):
        return f"a text of {len(value)} characters"
    if isinstance(value, bool | None):
        return json.dumps(value)
    kinds = {
        Mapping: "a block",
        list: "a list",
        int: "a number",
        float: "a number",
        SecretStr: "an encrypted value",
    }
    return next((name for kind, name in kinds.items() if isinstance(value, kind)), "a value")


def _unknown(key: str, name: str, given: object, owner: type[BaseModel]) -> Problem:
    known = sorted(str(field.alias) for field in owner.model_fields.values())
    near = difflib.get_close_matches(name.replace("_", "-").lower(), known, n=1)
    write = f"{near[0]} instead of {name}" if near else f"nothing: remove {name}"
    # Nobody knows what a value under an unknown key is: only its kind is said.
    return Problem(key, _kind(given), f"known keys are {', '.join(known)}", write)


def _owner_and_field(
    path: Sequence[str | int], model: type[BaseModel]
) -> tuple[type[BaseModel], FieldInfo | None]:
    """The model that the last key of a path belongs to, and its field there."""
    owner, field = model, None
    for position, part in enumerate(path):
        if isinstance(part, int):
            continue
        by_alias = {info.alias: info for info in owner.model_fields.values()}
        field = by_alias.get(part, field if position else None)
        inner = model_in(field.annotation) if field and part in by_alias else None
        if inner and position < len(path) - 1:
            owner = inner
    return owner, field


def model_in(annotation: Any) -> type[BaseModel] | None:
    """The model that an annotation is, or holds (a tuple of models)."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(model_in, get_args(annotation))), None)


def _in_own_words(details: Mapping[str, Any], _: FieldInfo | None) -> str:
    return str(details["msg"]).removeprefix("Input should be ").removeprefix("Value error, ")


def _range(_: Mapping[str, Any], field: FieldInfo | None) -> str:
    limits = {type(item).__name__: item for item in (field.metadata if field else ())}
    low, high = getattr(limits.get("Ge"), "ge", None), getattr(limits.get("Le"), "le", None)
    if low is not None and high is not None:
        return f"{low} to {high} is allowed"
    return f"{low} or more is allowed" if low is not None else f"at most {high} is allowed"


def _length(details: Mapping[str, Any], _: FieldInfo | None) -> str:
    context = details["ctx"]
    unit = "characters" if details["type"].startswith("string") else "entries"
    if "max_length" in context:
        return f"at most {context['max_length']} {unit} are allowed"
    return f"{context['min_length']} or more {unit} are needed"


def _said(text: str) -> Callable[[Mapping[str, Any], FieldInfo | None], str]:
    return lambda _details, _field: text


_ALLOWED: dict[str, Callable[[Mapping[str, Any], FieldInfo | None], str]] = {
    "greater_than_equal": _range,
    "less_than_equal": _range,
    "too_short": _length,
    "too_long": _length,
    "string_too_long": _length,
    "string_too_short": _length,
    "literal_error": lambda d, _: f"{d['ctx']['expected']} is allowed",
    "int_type": _said("a whole number is allowed"),
    "string_type": _said("a text (in quotes, where YAML reads a number) is allowed"),
    "bool_type": _said("true or false is allowed"),
    "tuple_type": _said("a list is allowed"),
    "model_type": _said("a block of keys is allowed"),
    "dict_type": _said("a block of keys is allowed"),
}
