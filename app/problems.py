"""What is wrong with the environment, in words for the person who set it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One wrong or missing variable; `str()` is the line a person reads."""

    name: str
    given: str
    allowed: str
    write: str

    def __str__(self) -> str:
        """The line in the message."""
        return f"{self.name}: {self.given} given, {self.allowed} allowed; write {self.write}"


@dataclass(frozen=True)
class Unknown:
    """A variable that no process reads; `str()` is the line a person reads."""

    name: str
    nearest: str

    def __str__(self) -> str:
        """The line in the message."""
        return f"{self.name}: no setting has this name; write {self.nearest}, or remove it"


class ConfigError(Exception):
    """The environment does not describe a configuration; `problems` holds all that is wrong."""

    def __init__(self, problems: Iterable[Problem | Unknown]) -> None:
        self.problems = tuple(problems)
        lines = "\n".join(f"  {problem}" for problem in self.problems)
        super().__init__(
            "The application cannot start: "
            f"{len(self.problems)} setting(s) missing or wrong.\n{lines}\n"
            "Set them in the environment of this process, or in a file .env where it is started."
        )
