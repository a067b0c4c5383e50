"""The Query protocol of AWS: flat parameters in, XML out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from xml.sax.saxutils import escape

Parameters = Mapping[str, Any]
WORDS = {"true": True, "false": False}


def first(value: Any) -> Any:
    """The value of a parameter, which may come alone or as a list of one."""
    return value[0] if isinstance(value, list) else value


def listed(parameters: Parameters, prefix: str) -> list[str]:
    """The values of a list, in order: ``A.member.1``, ``A.member.2`` for the prefix ``A``."""
    pattern = re.compile(re.escape(prefix) + r"\.\w+\.(\d+)")
    found = [(m, v) for k, v in parameters.items() if (m := pattern.fullmatch(k))]
    return [first(v) for m, v in sorted(found, key=lambda item: int(item[0].group(1)))]


def nested(parameters: Parameters) -> dict[str, Any]:
    """The object that flat parameters spell: ``A.member.1.B=x`` is ``{"A": [{"B": "x"}]}``."""
    tree: dict[str, Any] = {}
    for path, value in parameters.items():
        *way, last = path.split(".")
        at = tree
        for part in way:
            at = at.setdefault(part, {})
        plain = first(value)
        at[last] = WORDS.get(plain, plain) if isinstance(plain, str) else plain
    result: dict[str, Any] = _with_lists(tree)
    return result


def _with_lists(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    members = node.get("member")
    if isinstance(members, dict):
        return [_with_lists(members[key]) for key in sorted(members, key=int)]
    return {key: _with_lists(value) for key, value in node.items()}


def element(name: str, text: object) -> str:
    """One XML element with its text escaped."""
    return f"<{name}>{escape(str(text))}</{name}>"


def as_xml(value: Any, timestamp: Callable[[Any], str], name: str = "") -> str:
    """Plain data as XML: keys become elements, lists ``<member>``, absent values nothing.

    ``timestamp`` writes the values whose key ends in ``Timestamp``.
    """
    if isinstance(value, dict):
        present = {k: v for k, v in value.items() if v is not None}
        return "".join(f"<{k}>{as_xml(v, timestamp, k)}</{k}>" for k, v in present.items())
    if isinstance(value, list):
        return "".join(f"<member>{as_xml(v, timestamp)}</member>" for v in value)
    if isinstance(value, bool):
        return str(value).lower()
    return timestamp(value) if name.endswith("Timestamp") else escape(str(value))


def lower_first(name: str) -> str:
    """``MaxAggregationInterval`` as EC2 answers it: ``maxAggregationInterval``."""
    return name[:1].lower() + name[1:]
