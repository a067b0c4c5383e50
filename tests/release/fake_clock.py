"""A clock that passes time only when somebody sleeps."""

from datetime import UTC, datetime, timedelta

BEGIN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class FakeClock:
    """Starts at BEGIN."""

    def __init__(self) -> None:
        self._now = BEGIN

    def now(self) -> datetime:
        return self._now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0, "a busy loop"
        self._now += timedelta(seconds=seconds)

    def elapsed(self) -> float:
        return (self._now - BEGIN).total_seconds()
