"""What stops a command before it has changed anything, in words that say what to do."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Missing:
    """One thing that a command needs and does not have: what and why, and how to get it."""

    what: str
    remedy: str


class RefusedError(Exception):
    """Everything that is missing, reported together; nothing has been changed."""

    def __init__(self, summary: str, missing: Iterable[Missing]) -> None:
        self.summary = summary
        self.missing = tuple(missing)
        super().__init__(summary)

    @classmethod
    def because(cls, what: str, remedy: str) -> "RefusedError":
        """A refusal with one reason, said in two lines."""
        return cls("", [Missing(what, remedy)])
