"""Runs programs: captured ones with a time limit, and one in front with the person's terminal."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

# Seconds that a captured program may take; the longest is a listing in a remote backend.
CAPTURE_TIMEOUT = 120


@dataclass(frozen=True)
class Finished:
    """How a captured program ended."""

    returncode: int
    stdout: str
    stderr: str

    @property
    def succeeded(self) -> bool:
        """Whether the program says that it did what it was asked to."""
        return self.returncode == 0

    @property
    def complaint(self) -> str:
        """The line that says what went wrong, of all that the program wrote."""
        lines = [line.strip() for line in (self.stderr or self.stdout).splitlines() if line.strip()]
        errors = [line for line in lines if line.lower().startswith("error")]
        chosen = (errors or lines or [f"it ended with exit code {self.returncode}"])[-1]
        return chosen.removeprefix("error:").strip()


@dataclass(frozen=True)
class Ended:
    """How a program in front ended: exit code as a shell gives it; whether a person stopped it."""

    code: int
    interrupted: bool = False


@dataclass(frozen=True)
class Runner:
    """Programs with one environment and one folder."""

    environ: Mapping[str, str]
    folder: Path

    def capture(self, command: Sequence[str]) -> Finished:
        """Output and exit code; a program that is absent or hangs counts as failed."""
        try:
            done = subprocess.run(
                command,
                env=dict(self.environ),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=CAPTURE_TIMEOUT,
                check=False,
            )
        except OSError as error:
            return Finished(127, "", f"{command[0]}: {error.strerror}")
        except subprocess.TimeoutExpired:
            return Finished(124, "", f"{command[0]} did not answer in {CAPTURE_TIMEOUT} s")
        return Finished(done.returncode, done.stdout, done.stderr)

    def in_front(self, command: Sequence[str], *, onto_stderr: bool = False) -> Ended:
        """Run with the terminal and wait.

        An interrupt reaches the program exactly once, so that it can end what it is doing: a
        terminal sends Ctrl-C to the whole process group itself; without one (CI, make in the
        background) the program gets a group of its own and the interrupt is passed on.
        """
        own_group = not _terminal_in_front()
        running: list[subprocess.Popen[bytes]] = []
        received: list[int] = []

        def interrupt(number: int, _frame: FrameType | None) -> None:
            received.append(number)
            if not running:
                raise KeyboardInterrupt
            if own_group or number != signal.SIGINT:
                running[0].send_signal(signal.SIGINT)

        with _handling((signal.SIGINT, signal.SIGTERM), interrupt):
            running.append(
                subprocess.Popen(
                    command,
                    env=dict(self.environ),
                    cwd=self.folder,
                    stdout=sys.stderr if onto_stderr else None,
                    process_group=0 if own_group else None,
                )
            )
            code = running[0].wait()
        return Ended(code if code >= 0 else 128 - code, bool(received))


def _terminal_in_front() -> bool:
    """Whether this process group is the one that a terminal's Ctrl-C goes to."""
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except (OSError, ValueError):
        return False


@contextlib.contextmanager
def _handling(
    numbers: Sequence[signal.Signals], handler: Callable[[int, FrameType | None], None]
) -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)
