"""Asking before something is changed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import click

from ops.problems import OpsError
from ops.report import Report


def somebody_is_there() -> bool:
    """Whether a person can answer."""
    return sys.stdin.isatty()


@dataclass(frozen=True, kw_only=True)
class Approval:
    """How a person is asked; `given` is --yes."""

    stack: str
    protected: bool
    given: bool
    report: Report

    def ask(self, plan: Sequence[str], *, destructive: bool = False) -> None:
        """Show what will be done and go on only with consent; OpsError without it.

        A destructive plan for a protected stack needs the stack's name, typed; --yes is no consent
        to that.
        """
        for line in plan:
            self.report.progress.print(line, markup=False)
        if destructive and self.protected:
            self._ask_for_the_name()
        elif not self.given:
            self._must_be_a_person("--yes")
            if not click.confirm("Do this?", err=True):
                raise OpsError("Nothing was changed.")

    def _ask_for_the_name(self) -> None:
        self._must_be_a_person("a person")
        typed = click.prompt(f"Type {self.stack} to go on", err=True, default="")
        if typed != self.stack:
            raise OpsError("That is not the stack's name. Nothing was changed.")

    def _must_be_a_person(self, needed: str) -> None:
        if not somebody_is_there():
            raise OpsError(
                f"Nothing was changed: this needs {needed}, and nobody can be asked here.\n"
                + (
                    "Add --yes when that is what you want."
                    if needed == "--yes"
                    else "Run it in a terminal."
                ),
                exit_code=2,
            )
