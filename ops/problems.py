"""What stops a verb, in words for the person who typed it."""

from __future__ import annotations


class OpsError(Exception):
    """What happened, why, and what to do next; `exit_code` is the program's."""

    def __init__(self, message: str, *, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code
