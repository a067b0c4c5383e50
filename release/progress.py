"""How a release tells a person what it does, and how it waits."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

# One line to the person. It raises when nobody listens any more, which ends what was being done:
# whoever waits says something at least every HEARTBEAT_SECONDS.
Say = Callable[[str], None]
HEARTBEAT_SECONDS = 10.0


class Clock(Protocol):
    """The time, and waiting for it to pass; a test has one that does not wait."""

    def now(self) -> datetime:
        """The time in UTC, aware of its zone."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class SystemClock:
    """This machine's clock."""

    def now(self) -> datetime:
        """The time in UTC, aware of its zone."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


class Heartbeat:
    """Says what is being waited for whenever nothing else was said for HEARTBEAT_SECONDS."""

    def __init__(self, say: Say, clock: Clock) -> None:
        self._say = say
        self._clock = clock
        self._began = self._said = clock.now()

    def say(self, line: str) -> None:
        """News, which put the next heartbeat off."""
        self._say(line)
        self._said = self._clock.now()

    def beat(self, waiting_for: str) -> None:
        """`<waiting_for> (<seconds since this heartbeat was made> s)`, when it is time for it."""
        now = self._clock.now()
        if (now - self._said).total_seconds() >= HEARTBEAT_SECONDS:
            self.say(f"{waiting_for} ({(now - self._began).total_seconds():.0f} s)")
