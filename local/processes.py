"""The child processes that run now: started, awaited, and stopped without leaving one behind."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from local.child import Child
from local.console import Console
from local.events import Ended, Event, Events
from local.guardian import GRACE_SECONDS, Guardian
from local.problems import LocalError

TICK_SECONDS = 0.5
READY_TICK_SECONDS = 0.05


class Processes:
    """All children of one run, by name."""

    def __init__(self, root: Path, console: Console, events: Events, guardian: Guardian) -> None:
        """Run everything in the folder `root`."""
        self._root = root
        self._console = console
        self._events = events
        self._guardian = guardian
        self._running: dict[str, Child] = {}
        self._needed: set[str] = set()
        self.killed = False

    def start(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        write: Callable[[str], None],
        *,
        needed: bool = False,
    ) -> None:
        """Start one process; each line goes to `write`. What is `needed` stops after the rest."""
        if needed:
            self._needed.add(name)
        self._running[name] = Child(
            name,
            command,
            folder=self._root,
            environment=environment,
            write=write,
            events=self._events,
            guardian=self._guardian,
        )

    def next_event(self, patience_seconds: float = TICK_SECONDS) -> Event | None:
        """Return what happened next, None when nothing did for half a second."""
        event = self._events.get(patience_seconds)
        if isinstance(event, Ended):
            self._running.pop(event.name, None)
        return event

    def wait_for(self, name: str, timeout_seconds: float = float("inf")) -> int:
        """Return the exit code of the process once it has ended; Stopped when asked to stop."""
        deadline = time.monotonic() + timeout_seconds
        while True:
            event = self.next_event()
            self._events.stop_if_asked()
            if isinstance(event, Ended) and event.name == name:
                return event.code
            if time.monotonic() > deadline:
                self._console.fail(f"{name} takes longer than {timeout_seconds:.0f} s: killed.")
                deadline = float("inf")
                self._running[name].kill()

    def wait_until(
        self, name: str, ready: Callable[[], bool], timeout_seconds: float = float("inf")
    ) -> None:
        """Wait for a process to be ready; LocalError when it ends first, or stays silent."""
        deadline = time.monotonic() + timeout_seconds
        while not ready():
            self.next_event(READY_TICK_SECONDS)
            self._events.stop_if_asked()
            if name not in self._running or time.monotonic() > deadline:
                raise LocalError(
                    f"{name} did not start: see what it says above.\n"
                    "Put right what it names, then run `make up` again."
                )

    def stop(self) -> None:
        """Ask all to stop, the last started first; kill those that stay, or when asked again.

        What the others need to finish their work is asked only when they have ended.
        """
        for names in (set(self._running) - self._needed, set(self._running)):
            self._stop(names)

    def _stop(self, names: set[str]) -> None:
        for name, child in reversed(self._running.items()):
            if name in names:
                child.ask_to_stop()
        deadline = time.monotonic() + GRACE_SECONDS
        while left := {name: child for name, child in self._running.items() if name in names}:
            self.next_event()
            late = time.monotonic() > deadline
            if not self.killed and (late or self._events.kill_asked):
                why = f"after {GRACE_SECONDS:.0f} s" if late else "as asked"
                self._console.fail(f"Killing {', '.join(left)} {why}.")
                self.killed = True
            if self.killed:
                for child in left.values():
                    child.kill()
