"""One line of `status`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

# "told" is what nobody can judge, "unknown" what could not be read.
State = Literal["fine", "wrong", "told", "unknown"]


@dataclass(frozen=True, kw_only=True)
class Section:
    """A line, more of it under `details`, and the same as values under `facts` for --json."""

    state: State
    text: str
    details: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


def judged(is_wrong: bool) -> State:
    """Fine or wrong."""
    return "wrong" if is_wrong else "fine"
