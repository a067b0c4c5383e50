"""A small process that stops what we started when we ourselves are killed and cannot.

It is told over its standard input which process groups to watch. The pipe closes when the process
that started it ends, however it ends (`kill -9`, out of memory): whatever is still watched then is
stopped, the last started first. It imports nothing of the project, so it starts in milliseconds.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence

# Seconds a process has after the polite signal before it is killed.
GRACE_SECONDS = 20.0
KILLED_WITHIN_SECONDS = 5.0


class Guardian:
    """The running guardian, as seen by the process it guards."""

    def __init__(self, keep_open: Sequence[int] = ()) -> None:
        """Start it; it holds the descriptors `keep_open` (a lock) until everything is stopped."""
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
            pass_fds=keep_open,
            text=True,
        )

    def watch(self, group: int, stop_signal: signal.Signals = signal.SIGTERM) -> None:
        """Stop this process group with the signal, should we end without releasing it."""
        self._say(f"watch {group} {int(stop_signal)}")

    def release(self, group: int) -> None:
        """Forget a process group that has ended."""
        self._say(f"release {group}")

    def close(self) -> None:
        """End the guardian, which stops what is still watched, and wait for it."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        self._process.wait()

    def _say(self, line: str) -> None:
        if self._process.stdin is None:
            return
        # A guardian killed by hand must not take the application with it.
        with contextlib.suppress(OSError, ValueError):
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()


def end_group(group: int, grace_seconds: float) -> None:
    """Wait for all of a process group to be gone, and kill what is left after the grace."""
    if not _gone_within(group, grace_seconds):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
        _gone_within(group, KILLED_WITHIN_SECONDS)


def _gone_within(group: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except (ProcessLookupError, PermissionError):
            return True
        time.sleep(0.05)
    return False


def main() -> None:
    """Note what to watch until the pipe closes, then stop it."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    watched: dict[int, int] = {}
    for line in sys.stdin:
        verb, group, *stop_signal = line.split()
        if verb == "watch":
            watched[int(group)] = int(stop_signal[0])
        else:
            watched.pop(int(group), None)
    for group, number in reversed(list(watched.items())):
        # Only the first process is told, as a container's is: it may need its children to finish.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(group, number)
        end_group(group, GRACE_SECONDS)


if __name__ == "__main__":
    main()
