"""A maintenance that is on, or was begun or ended by half."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ops.checks.check import Check
from ops.checks.finding import Finding, as_in_status, unknown, warning
from ops.sections import maintenance

if TYPE_CHECKING:
    from ops.checks.situation import Situation


def find(situation: Situation) -> Iterator[Finding]:
    """Visitors reach the application."""
    section = maintenance.section(situation.clients, situation.outputs, situation.now)
    off = f"`bin/ops maintenance off --stack {situation.stack}`"
    if section.facts.get("state") == "on":
        yield warning(section.text, f"{off}, when it is over")
        return
    if section.state == "unknown":
        shown = f"`bin/ops maintenance --stack {situation.stack}`"
        yield unknown(f"maintenance: {section.text}", f"{shown} says what to do about it")
        return
    yield as_in_status(section, f"{off}, or `on` again", "maintenance: ")


CHECK = Check(
    name="maintenance", about="whether visitors see its page", find=find, needs=maintenance.NEEDS
)
