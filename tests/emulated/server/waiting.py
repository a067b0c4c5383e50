"""Waiting for what the emulated AWS does by and by."""

from __future__ import annotations

import time
from collections.abc import Callable

START_SECONDS = 60.0


def wait_for(condition: Callable[[], bool], what: str, seconds: float = START_SECONDS) -> None:
    """Wait until a condition holds; the test fails when it does not."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.2)
