"""Ctrl-C, and what else asks a program to end, noted instead of obeyed at once."""

from __future__ import annotations

import signal
from types import FrameType
from typing import Any

# A terminal that is closed and a CI that is cancelled mean the same as Ctrl-C.
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interruptions:
    """While it is entered the first signal is only counted; the second raises KeyboardInterrupt."""

    def __init__(self) -> None:
        self.count = 0
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Interruptions:
        """Begin to count."""
        self._before = {each: signal.signal(each, self._note) for each in _SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        """Let signals do again what they did."""
        for each, handler in self._before.items():
            signal.signal(each, handler)

    def _note(self, _signal: int, _frame: FrameType | None) -> None:
        self.count += 1
        if self.count > 1:
            raise KeyboardInterrupt
