"""Ctrl-C, and what else asks a program to end: noted instead of obeyed at once, or alike."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any

from ops.problems import OpsError
from ops.tasks.heard import said_if_heard

if TYPE_CHECKING:
    from release.progress import Say

# A terminal that is closed and a CI that is cancelled mean the same as Ctrl-C.
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def handling(handlers: Mapping[signal.Signals, Any]) -> Iterator[None]:
    """Handle signals so while this is entered, and then as before."""
    before = {each: signal.signal(each, handler) for each, handler in handlers.items()}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


class Interruptions:
    """While it is entered the first signal is only counted; the second raises KeyboardInterrupt."""

    def __init__(self) -> None:
        self.count = 0
        self._handling = handling(dict.fromkeys(_SIGNALS, self._note))
        self._has_no_terminal = False

    def __enter__(self) -> Interruptions:
        """Begin to count."""
        self._handling.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        """Let signals do again what they did."""
        self._handling.__exit__(None, None, None)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        # A terminal that goes tells its programs twice, and means it once.
        if number == signal.SIGHUP and self._has_no_terminal:
            return
        self._has_no_terminal = self._has_no_terminal or number == signal.SIGHUP
        self.count += 1
        if self.count > 1:
            raise KeyboardInterrupt


@contextmanager
def finished_first(say: Say, remedy: str) -> Iterator[Say]:
    """Steps that take seconds are finished before Ctrl-C counts; the second one ends them at once.

    What ends them in the middle is followed by `remedy`; an OpsError has one of its own. They say
    what they do by what this yields: it may reach nobody, where the terminal is gone.
    """
    tell = said_if_heard(say)
    with Interruptions() as interruptions:
        try:
            yield tell
        except OpsError:
            raise
        except (Exception, KeyboardInterrupt):
            tell(f"Not all of it is done. {remedy}")
            raise
    if interruptions.count:
        tell("It was finished before it could be stopped.")


@contextmanager
def closed_terminal_is_ctrl_c() -> Iterator[None]:
    """Whatever else ends this program does so as Ctrl-C: what must be tidied up is."""
    # Within another of these that one counts, or it would take the second signal for its first.
    if isinstance(signal.getsignal(signal.SIGTERM), _AsCtrlC):
        yield
        return
    stop = _AsCtrlC()
    with handling({each: stop for each in _SIGNALS if each != signal.SIGINT}):
        yield


class _AsCtrlC:
    """A handler of signals."""

    def __init__(self) -> None:
        self._is_told = False

    def __call__(self, *_: object) -> None:
        """Do as Ctrl-C does, once."""
        # A terminal that goes tells its programs twice; the second must not stop the tidying.
        if not self._is_told:
            self._is_told = True
            raise KeyboardInterrupt
