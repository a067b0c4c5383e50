"""Asking before something is changed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import click

from ops.problems import OpsError
from ops.report import Report

Answer = TypeVar("Answer")
# What a shell says of a program that Ctrl-C has ended.
STOPPED = 130


def somebody_is_there() -> bool:
    """Whether a person can answer."""
    return sys.stdin.isatty()


def _answered(ask: Callable[[], Answer]) -> Answer:
    """The answer; Ctrl-C and an end of the input are one, too."""
    try:
        return ask()
    except click.Abort:
        click.echo(err=True)
        raise OpsError("Nothing was changed.", exit_code=STOPPED) from None


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
            if not _answered(lambda: click.confirm("Do this?", err=True)):
                raise OpsError("Nothing was changed.")

    def _ask_for_the_name(self) -> None:
        self._must_be_a_person("a person")
        question = f"Type {self.stack} to go on"
        typed = _answered(lambda: click.prompt(question, err=True, default="", show_default=False))
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
