"""ECS asked for one service after the other: not left half-way by Ctrl-C, and what that left."""

from __future__ import annotations

from types import TracebackType

from ops.tasks.interruptions import Interruptions


class Asking:
    """Entered while ECS is asked, which takes seconds: it is finished before Ctrl-C counts.

    A second Ctrl-C ends it at once.
    """

    def __init__(self) -> None:
        self._has_begun = self.is_done = False
        self._interruptions = Interruptions()

    def __enter__(self) -> Asking:
        """Begin to count signals."""
        self._has_begun = True
        self._interruptions.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        """Obey what was counted."""
        self._interruptions.__exit__(kind, error, _)
        self.is_done = kind is None
        if self.is_done and self._interruptions.count:
            raise KeyboardInterrupt

    def what_was_left(self, again: str) -> str:
        """What a person who has interrupted must know; `again` is the command that goes on."""
        if not self._has_begun:
            return "Nothing was changed: ECS was not asked for anything yet."
        if not self.is_done:
            return f"ECS was asked for some services at most. To go on with all: {again}"
        return f"ECS goes on by itself. To watch it to its end: {again}"
