"""The child processes that run now: started, awaited, and stopped without leaving one behind."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from local.child import Child
from local.console import Console
from local.events import Ended, Event, Events
from local.guardian import GRACE_SECONDS, Guardian

TICK_SECONDS = 0.5


class Processes:
    """All children of one run, by name."""

    def __init__(self, root: Path, console: Console, events: Events, guardian: Guardian) -> None:
        """Run everything in the folder `root`."""
        self._root = root
        self._console = console
        self._events = events
        self._guardian = guardian
        self._running: dict[str, Child] = {}
        self.killed = False

    def start(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        write: Callable[[str], None],
    ) -> None:
        """Start one process; each line of its output goes to `write`."""
        self._running[name] = Child(
            name,
            command,
            folder=self._root,
            environment=environment,
            write=write,
            events=self._events,
            guardian=self._guardian,
        )

    def next_event(self) -> Event | None:
        """Return what happened next, None when nothing did for half a second."""
        event = self._events.get(TICK_SECONDS)
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

    def stop(self) -> None:
        """Ask all to stop, the last started first; kill those that stay, or when asked again."""
        for child in reversed(self._running.values()):
            child.ask_to_stop()
        deadline = time.monotonic() + GRACE_SECONDS
        while self._running:
            self.next_event()
            late = time.monotonic() > deadline
            if self._running and not self.killed and (late or self._events.kill_asked):
                why = f"after {GRACE_SECONDS:.0f} s" if late else "as asked"
                self._console.fail(f"Killing {', '.join(self._running)} {why}.")
                self.killed = True
                for child in self._running.values():
                    child.kill()
