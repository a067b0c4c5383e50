"""A clock that passes time without waiting, and lets a test do something meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from ops.problems import OpsError

# What a verb does for ever it may do for so long; then the test has seen enough.
ENOUGH = 400


class HastyClock:
    """This machine's time, and what was slept on top; each sleep takes the next step."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.steps: list[Callable[[], object]] = []

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=sum(self.slept))

    def sleep(self, seconds: float) -> None:
        assert seconds > 0, "a busy loop"
        assert len(self.slept) < ENOUGH, "it waits for ever"
        self.slept.append(seconds)
        if self.steps:
            self.steps.pop(0)()

    def then(self, *steps: Callable[[], object]) -> HastyClock:
        self.steps += steps
        return self


def enough() -> None:
    """The step that ends a verb which goes on for ever."""
    raise OpsError("enough", exit_code=130)


def nothing() -> None:
    """The step of a look at which nothing is new."""
