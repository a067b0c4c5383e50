"""What is wrong with the settings, in words that say what to write instead."""

from collections.abc import Iterable
from dataclasses import dataclass

NAMESPACE = "flask-fargate"


class RejectedError(ValueError):
    """A value that a check refuses: what is allowed, and what to write instead."""

    def __init__(self, allowed: str, write: str) -> None:
        super().__init__(allowed)
        self.allowed = allowed
        self.write = write


@dataclass(frozen=True)
class Problem:
    """One refused setting: its dotted key, what was given, what is allowed, what to write.

    Without the latter two `given` is a sentence that says it all, about the file named by `key`.
    """

    key: str
    given: str
    allowed: str = ""
    write: str = ""

    def __str__(self) -> str:
        """One line for a person, ending in what to write and where."""
        if not self.write:
            return f"{self.key}: {self.given}"
        section, _, rest = self.key.partition(".")
        where = f"{NAMESPACE}:{section}" + (f": {rest}" if rest else "")
        return f"{self.key}: {self.given} given; {self.allowed}; write {self.write} under {where}"


class SettingsError(Exception):
    """All problems of one stack's settings, reported together."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        count = len(self.problems)
        head = f"{count} setting{'s' if count > 1 else ''} of this stack cannot be used:"
        super().__init__("\n".join([head, *(f"  - {problem}" for problem in self.problems)]))
