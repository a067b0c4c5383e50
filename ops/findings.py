"""Findings as a person reads them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ops.checks.finding import Finding, State

if TYPE_CHECKING:
    from ops.report import Report

MARKS: dict[State, tuple[str, str]] = {
    "ok": ("✓", "green"),
    "warning": ("!", "yellow"),
    "problem": ("✗", "bold red"),
    "unknown": ("?", "dim"),
}


def show(report: Report, findings: Iterable[Finding], *, name: str = "", width: int = 0) -> None:
    """Each with its mark, behind `name` in so many columns, and below it what to do."""
    for finding in findings:
        mark, style = MARKS[finding.state]
        label = f"{name:<{width}}" if width else ""
        report.print(f"{mark} {label}{finding.said}", style=style)
        if finding.remedy:
            report.print(f"  {'':<{width}}→ {finding.remedy.rstrip('.')}.")


def count(findings: Iterable[Finding], state: State) -> int:
    """How many are of that state."""
    return sum(each.state == state for each in findings)
