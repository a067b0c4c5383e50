"""Values of a resource against the limits in AWS's own API descriptions."""

import difflib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from planning import service_models, wire
from planning.mapping import TABLE, Binding, Mapped
from planning.resource import Resource

_Shape = Mapping[str, Any]
_NUMBERS: Final = frozenset({"integer", "long", "float", "double"})
# Tags are a mapping here and something else in every service; `tag_check` has their limits.
_TAGS: Final = frozenset({"tags", "tagsAll"})


def service_problems(resource: Resource) -> list[str]:
    """Values that the service would refuse; nothing for a type that is not in the table."""
    return [line for walk in _walks(resource) for line in walk.problems]


def unmatched(resource: Resource) -> list[str]:
    """Arguments that no operation of the type has and that are not known as the provider's own."""
    walks = _walks(resource)
    paths: set[str] = set.intersection(*(walk.unmatched for walk in walks)) if walks else set()
    return sorted(paths)


def _walks(resource: Resource) -> list["_Walk"]:
    entry = TABLE.get(resource.type, Mapped(()))
    walks = [_Walk(binding, entry.own) for binding in entry.bindings]
    for walk in walks:
        walk.structure(resource.inputs, walk.binding.start, "")
    return walks


class _Walk:
    """One pass over the arguments along the shapes of one operation."""

    def __init__(self, binding: Binding, own: frozenset[str]) -> None:
        self.binding, self._own = binding, own
        self.problems: list[str] = []
        self.unmatched: set[str] = set()

    def structure(self, given: Mapping[str, Any], shape: _Shape, path: str) -> None:
        for key, value in given.items():
            here = f"{path}.{key}" if path else key
            if here in self._own or key.startswith("__") or (not path and key in _TAGS):
                continue
            found = self.binding.shape_of(shape, key, here)
            if found is None:
                self.unmatched.add(here)
            else:
                self._value(value, found, here)

    def _value(self, value: Any, shape: _Shape, path: str) -> None:
        # The provider leaves empty texts and lists out.
        if value in (wire.UNKNOWN, None, "", []) or isinstance(value, wire.Asset):
            return
        kind = shape["type"]
        checks: Mapping[str, Callable[[Any, _Shape, str], None]] = {
            "string": self._text,
            "list": self._list,
            "map": self._map,
            "structure": self._nested,
        }
        if kind in _NUMBERS:
            self._number(value, shape, path)
        elif kind in checks:
            checks[kind](value, shape, path)

    def _text(self, value: Any, shape: _Shape, path: str) -> None:
        # A block that the provider splits into named values has no text to compare.
        if isinstance(value, Mapping | list):
            return
        text = str(value).lower() if isinstance(value, bool) else str(value)
        self.problems += (f"{path}: {problem}" for problem in text_problems(text, shape))

    def _number(self, value: Any, shape: _Shape, path: str) -> None:
        try:
            number = float(value)
        except (TypeError, ValueError):
            self.problems.append(f"{path}: {value!r} given, a number allowed")
            return
        low, high = shape.get("min"), shape.get("max")
        if (low is not None and number < low) or (high is not None and number > high):
            self.problems.append(f"{path}: {value} given, {_span(low, high)} allowed")

    def _list(self, value: Any, shape: _Shape, path: str) -> None:
        element = self.binding.model.shape(shape["member"]["shape"])
        if isinstance(value, str) and value.lstrip().startswith("["):
            Document(self.binding.model, self.problems).text(value, shape, path)
            return
        # The provider writes a list of at most one as that one.
        items = value if isinstance(value, list) else [value]
        low, high = shape.get("min"), shape.get("max")
        if (low is not None and len(items) < low) or (high is not None and len(items) > high):
            self.problems.append(f"{path}: {len(items)} given, {_span(low, high)} allowed")
        for item in items:
            self._value(item, element, path)

    def _map(self, value: Any, shape: _Shape, path: str) -> None:
        if isinstance(value, Mapping):
            for item in value.values():
                self._value(item, self.binding.model.shape(shape["value"]["shape"]), path)
        elif isinstance(value, str) and value.lstrip().startswith("{"):
            Document(self.binding.model, self.problems).text(value, shape, path)

    def _nested(self, value: Any, shape: _Shape, path: str) -> None:
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, Mapping):
                self.structure(item, shape, path)


def text_problems(text: str, shape: _Shape) -> Iterator[str]:
    """What is wrong with a text: not among the values, too long or short, of a wrong form."""
    if "enum" in shape and text not in shape["enum"]:
        close = difflib.get_close_matches(text, shape["enum"], n=1)
        values = ", ".join(shape["enum"][:12]) + (", …" if len(shape["enum"]) > 12 else "")
        hint = f"; did you mean {close[0]}?" if close else ""
        yield f"{text!r} given, one of {values} allowed{hint}"
        return
    low, high = shape.get("min"), shape.get("max")
    if (low is not None and len(text) < low) or (high is not None and len(text) > high):
        yield f"{text[:60]!r} has {len(text)} characters, {_span(low, high)} allowed"
    form = service_models.pattern(shape["pattern"]) if "pattern" in shape else None
    if form and not form.fullmatch(text):
        yield f"{text[:60]!r} given, the form {shape['pattern']} allowed"


def _span(low: Any, high: Any) -> str:
    if high is None:
        return f"at least {low}"
    return f"{low} to {high}" if low is not None else f"at most {high}"


class Document:
    """JSON text that a service reads with its own names: nothing may be unknown or missing."""

    def __init__(self, model: service_models.Model, problems: list[str]) -> None:
        self._model, self._problems = model, problems

    def text(self, text: str, shape: _Shape, path: str) -> None:
        """Check JSON text against a shape."""
        try:
            content = json.loads(text)
        except json.JSONDecodeError as error:
            self._problems.append(f"{path}: not JSON, {error}")
        else:
            self._value(content, shape, path)

    def _value(self, value: Any, shape: _Shape, path: str) -> None:
        kind = shape["type"]
        if not _fits(value, kind):
            self._problems.append(f"{path}: {value!r} given, a {kind} allowed")
        elif kind == "structure":
            self._structure(value, shape, path)
        elif kind == "list":
            element = self._model.shape(shape["member"]["shape"])
            for position, item in enumerate(value):
                self._value(item, element, f"{path}[{position}]")
        elif kind == "map":
            for key, item in value.items():
                self._value(item, self._model.shape(shape["value"]["shape"]), f"{path}.{key}")
        elif kind == "string":
            self._problems += (f"{path}: {problem}" for problem in text_problems(value, shape))

    def _structure(self, value: Mapping[str, Any], shape: _Shape, path: str) -> None:
        members = shape["members"]
        for key, item in value.items():
            if key in members:
                self._value(item, self._model.shape(members[key]["shape"]), f"{path}.{key}")
            else:
                close = difflib.get_close_matches(key, members, n=1)
                hint = f"; did you mean {close[0]}?" if close else ""
                self._problems.append(f"{path}.{key}: there is no such field{hint}")
        for key in shape.get("required", []):
            if key not in value:
                self._problems.append(f"{path}.{key}: missing, and it is required")


def _fits(value: Any, kind: str) -> bool:
    if kind == "boolean":
        return isinstance(value, bool)
    if kind in _NUMBERS:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind in {"structure", "map"}:
        return isinstance(value, Mapping)
    if kind == "list":
        return isinstance(value, Sequence) and not isinstance(value, str)
    return isinstance(value, str)
