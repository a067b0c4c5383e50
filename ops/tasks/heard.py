"""Saying something that perhaps nobody can hear any more."""

from __future__ import annotations

from contextlib import suppress

from release.progress import Say


def said_if_heard(say: Say) -> Say:
    """The same, but what must be done goes on where the terminal is gone."""

    def tell(line: str) -> None:
        with suppress(OSError):
            say(line)

    return tell
