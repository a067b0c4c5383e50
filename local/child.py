"""One process of the Procfile: in a session of its own, read line by line, stopped whole."""

import codecs
import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from local.events import Ended, Events
from local.guardian import Guardian, end_group
from local.problems import LocalError

# Output that a grandchild keeps open after its parent ended is waited for this long.
DRAIN_SECONDS = 1.0
# What is left of a group when its first process has ended gets this long.
REMAINS_SECONDS = 2.0


class Child:
    """A running child. Its session is its own, so that Ctrl-C reaches it only through us."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str],
        write: Callable[[str], None],
        events: Events,
        guardian: Guardian,
    ) -> None:
        self.name = name
        self._guardian = guardian
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=dict(environment),
                start_new_session=True,
            )
        except OSError as error:
            raise LocalError(
                f"{name} cannot be started: {command[0]}: {error.strerror}.\n"
                f"Correct the line `{name}:` of the Procfile, or add the package that brings "
                f"{command[0]} to app/requirements.in and run `make lock`."
            ) from error
        guardian.watch(self._process.pid)
        threading.Thread(target=self._follow, args=(write, events), daemon=True).start()

    def ask_to_stop(self) -> None:
        """Send SIGTERM to the first process of the group, as a container's runtime does."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Kill the whole group at once."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _follow(self, write: Callable[[str], None], events: Events) -> None:
        """Hand on the output until the process has ended and nothing of its group is left."""
        stream = self._process.stdout
        reader = threading.Thread(target=_read_lines, args=(stream, write), daemon=True)
        reader.start()
        code = self._process.wait()
        reader.join(DRAIN_SECONDS)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGTERM)
        end_group(self._process.pid, REMAINS_SECONDS)
        self._guardian.release(self._process.pid)
        reader.join(DRAIN_SECONDS)
        events.put(Ended(self.name, code))


def _read_lines(stream: IO[bytes] | None, write: Callable[[str], None]) -> None:
    """Call `write` for each line; a last line without an end and bytes that are no UTF-8 too."""
    if stream is None:
        return
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    rest = ""
    with stream:
        while chunk := os.read(stream.fileno(), 65_536):
            *lines, rest = (rest + decoder.decode(chunk)).split("\n")
            for line in lines:
                write(line.removesuffix("\r"))
    if rest:
        write(rest)
