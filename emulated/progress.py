"""How the life cycle tells a person what it is doing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Report = Callable[[str], None]
# Silence of this length makes people wonder.
NEWS_SECONDS = 10.0


def silent(_line: str) -> None:
    """Say nothing: for callers that show their own progress."""


@contextmanager
def ticking(report: Report, what: str, every_seconds: float = NEWS_SECONDS) -> Iterator[None]:
    """Say what goes on, with the seconds since its begin, until the block ends."""
    ended, began = threading.Event(), time.monotonic()

    def tick() -> None:
        while not ended.wait(every_seconds):
            report(f"  {what} ({time.monotonic() - began:.0f} s) ...")

    ticker = threading.Thread(target=tick, daemon=True)
    ticker.start()
    try:
        yield
    finally:
        ended.set()
        ticker.join()
