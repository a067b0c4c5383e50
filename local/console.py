"""What the person sees: one line at a time, each with the name of who wrote it."""

import os
import sys
import threading
from collections.abc import Callable, Iterable
from typing import TextIO

# Cyan, yellow, green, magenta, blue and their bright variants; red is kept for failures.
COLOURS = ("36", "33", "32", "35", "34", "96", "93", "92", "95", "94")
OWN_NAME = "up"
RESET = "\x1b[0m"


class Console:
    """Writes prefixed lines from any thread; a closed terminal is reported once, never raised."""

    def __init__(self, output: TextIO, *, colour: bool, lost: Callable[[], None]) -> None:
        self._output: TextIO | None = output
        self._colour = colour
        self._lost = lost
        self._lock = threading.Lock()
        self._width = len(OWN_NAME)
        self._colours = {OWN_NAME: "1"}

    @classmethod
    def on_terminal(cls, lost: Callable[[], None]) -> "Console":
        """Return the console of this process; coloured on a terminal unless NO_COLOR is set."""
        plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
        return cls(sys.stdout, colour=sys.stdout.isatty() and not plain, lost=lost)

    def introduce(self, names: Iterable[str]) -> None:
        """Give each name a colour and make the prefixes equally wide."""
        for name in names:
            number = len(self._colours) - 1
            self._colours.setdefault(name, COLOURS[number % len(COLOURS)])
            self._width = max(self._width, len(name))

    def say(self, message: str) -> None:
        """Write a message of our own."""
        for line in message.splitlines():
            self.write(OWN_NAME, line)

    def fail(self, message: str) -> None:
        """Write a message about a failure."""
        for line in message.splitlines():
            self._print(self._painted("31", f"{OWN_NAME:{self._width}} |") + f" {line}")

    def write(self, name: str, line: str) -> None:
        """Write one line of the named process."""
        prefix = self._painted(self._colours.get(name, "1"), f"{name:{self._width}} |")
        end = RESET if self._colour and "\x1b" in line else ""
        self._print(f"{prefix} {line}{end}")

    def block(self, text: str) -> None:
        """Write a text of several lines as it is, such as a table."""
        self._print(text.rstrip("\n"))

    def _painted(self, colour: str, text: str) -> str:
        return f"\x1b[{colour}m{text}{RESET}" if self._colour else text

    def _print(self, text: str) -> None:
        with self._lock:
            if self._output is None:
                return
            try:
                self._output.write(text + "\n")
                self._output.flush()
            except (OSError, ValueError):
                # The terminal or the pipe behind us is gone: stay quiet from now on.
                self._output = None
                self._lost()
