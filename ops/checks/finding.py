"""What a check has found, in words, with what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from ops.sections.section import Section

# `unknown`: it could not be looked at, which is no fault of the stack's.
State = Literal["ok", "warning", "problem", "unknown"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One sentence; `remedy` is empty where nothing needs to be done."""

    state: State
    said: str
    remedy: str = ""


def ok(said: str) -> Finding:
    """All is well."""
    return Finding(state="ok", said=said)


def warning(said: str, remedy: str) -> Finding:
    """It works, but not for long, not everywhere, or not for everybody."""
    return Finding(state="warning", said=said, remedy=remedy)


def problem(said: str, remedy: str) -> Finding:
    """It does not work, or will not the next time it is needed."""
    return Finding(state="problem", said=said, remedy=remedy)


def unknown(said: str, remedy: str = "") -> Finding:
    """It could not be looked at."""
    return Finding(state="unknown", said=said, remedy=remedy)


def as_in_status(section: Section, remedy: str, what: str = "") -> Finding:
    """What `status` says, behind `what`, and what to do when that is something wrong."""
    said = what + "; ".join((section.text, *section.details))
    if section.state == "wrong":
        return problem(said, remedy)
    return unknown(said) if section.state == "unknown" else ok(said)
