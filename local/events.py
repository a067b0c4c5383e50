"""What can happen while the application runs, as one queue that the main thread reads."""

import os
import queue
import signal
import time
from dataclasses import dataclass
from types import FrameType

import psutil

SIGNALS = {
    signal.SIGINT: "Ctrl-C",
    signal.SIGTERM: "SIGTERM",
    signal.SIGHUP: "terminal closed",
}
# One Ctrl-C may reach us twice within moments, by the terminal and by a program above us.
AGAIN_SECONDS = 0.5


@dataclass(frozen=True)
class Ended:
    """A child process ended, with its exit code or minus the number of the signal."""

    name: str
    code: int

    def __str__(self) -> str:
        """Say how, in words."""
        if self.code >= 0:
            return f"{self.name} ended with exit code {self.code}"
        return f"{self.name} was ended by {signal.Signals(-self.code).name}"


@dataclass(frozen=True)
class StopAsked:
    """Somebody wants everything to stop."""

    reason: str


@dataclass(frozen=True)
class Answer:
    """The web process answered for the first time, or (`ready` false) does not yet."""

    ready: bool
    seconds: float


Event = Ended | StopAsked | Answer


class Stopped(Exception):  # noqa: N818 (asked for, no error)
    """Raised where work is interrupted because stopping was asked for."""


class Events:
    """The queue; signals and threads put in, the main thread takes out."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._asked: StopAsked | None = None
        self._asked_at = 0.0
        self.kill_asked = False
        self._parent = _make_above_us()

    def watch_signals(self) -> None:
        """Turn Ctrl-C, SIGTERM and a closed terminal into events; `nohup` stays in force."""
        for number in SIGNALS:
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._signalled)

    def put(self, event: Event) -> None:
        """Add an event, from any thread."""
        self._queue.put(event)

    def ask_to_stop(self, reason: str) -> None:
        """Ask for everything to stop, from any thread or a signal handler; once is enough."""
        if self._asked is None:
            self._asked = StopAsked(reason)
            self._asked_at = time.monotonic()
            self._queue.put(self._asked)

    def get(self, timeout: float) -> Event | None:
        """Return the next event, or None after `timeout` seconds."""
        if self._parent is not None and os.getppid() != self._parent:
            self._parent = None
            self.ask_to_stop("make is gone")
        try:
            return self._queue.get(timeout=timeout)
        except queue.Empty:
            return None

    def stop_if_asked(self) -> None:
        """Raise Stopped when stopping has been asked for; called between and during slow steps."""
        if self._asked is not None:
            raise Stopped(self._asked.reason)

    def _signalled(self, number: int, _frame: FrameType | None) -> None:
        # Other signals come twice by themselves: `make` hands SIGTERM on, a closed terminal makes
        # the shell send SIGHUP too. Only a person presses Ctrl-C again.
        waited = time.monotonic() - self._asked_at
        if self._asked and number == signal.SIGINT and waited > AGAIN_SECONDS:
            self.kill_asked = True
        self.ask_to_stop(SIGNALS[signal.Signals(number)])


def _make_above_us() -> int | None:
    """Return the number of the `make` that started us, which may be killed without telling us."""
    parent = os.getppid()
    try:
        return parent if psutil.Process(parent).name() in {"make", "gmake"} else None
    except psutil.Error:
        return None
