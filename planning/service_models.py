"""The descriptions of AWS's APIs that botocore ships, read without botocore itself."""

import gzip
import importlib.util
import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

# Unicode classes in AWS's patterns, which are Java's, in the nearest form that Python knows both
# within and outside of a character class.
_JAVA_CLASSES: Final = {r"\p{L}": r"A-Za-z\u00c0-\u024f", r"\p{N}": "0-9", r"\p{Z}": r"\s"}


class Model:
    """One service: operations and the shapes of what they take."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self._shapes: Mapping[str, Mapping[str, Any]] = content["shapes"]
        self.operations: Mapping[str, Any] = content["operations"]

    def shape(self, name: str) -> Mapping[str, Any]:
        """A shape by its name: type, members, enum, min, max, pattern."""
        return self._shapes[name]

    def input_of(self, operation: str) -> Mapping[str, Any]:
        """The structure that an operation takes; KeyError for one that the service has not."""
        return self.shape(self.operations[operation]["input"]["shape"])

    def member(self, structure: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        """The shape of a member; goes into the elements where the structure is a list."""
        while structure["type"] == "list":
            structure = self.shape(structure["member"]["shape"])
        return self.shape(structure["members"][name]["shape"])

    def at(self, structure: Mapping[str, Any], path: str) -> Mapping[str, Any]:
        """The shape at a dotted path of member names."""
        for name in path.split("."):
            structure = self.member(structure, name)
        return structure


@cache
def model(service: str) -> Model:
    """The newest description of a service that the installed botocore has."""
    versions = sorted(path for path in (_data() / service).iterdir() if path.is_dir())
    packed = versions[-1] / "service-2.json.gz"
    text = gzip.decompress(packed.read_bytes())
    return Model(json.loads(text))


@cache
def services() -> frozenset[str]:
    """The names of all services that botocore describes."""
    return frozenset(path.name for path in _data().iterdir() if path.is_dir())


@cache
def _data() -> Path:
    found = importlib.util.find_spec("botocore")
    if not found or not found.origin:
        raise ModuleNotFoundError("botocore is not installed; run `make .venv/.ready`")
    return Path(found.origin).parent / "data"


@cache
def pattern(text: str) -> re.Pattern[str] | None:
    """A service's pattern for `fullmatch`; None where Python cannot read it."""
    for java, python in _JAVA_CLASSES.items():
        text = text.replace(java, python)
    try:
        return re.compile(text, re.DOTALL)
    except re.error:
        return None
