"""An update of the emulated stack: begun, interrupted or awaited, and what it said."""

import contextlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

STACK = "emulated"
TIMEOUT_SECONDS = 1200
POLL_SECONDS = 0.2


@dataclass(frozen=True)
class Update:
    """One `up` that has ended: exit code, everything it said, and the outputs it printed."""

    code: int
    said: str
    printed: str

    @property
    def outputs(self) -> Mapping[str, Any]:
        """The stack's outputs."""
        return dict(json.loads(self.printed)["outputs"])

    @property
    def address(self) -> str:
        """The page's address on this machine."""
        return str(json.loads(self.printed)["address"])


class Running:
    """An `up` that has been begun, and can be interrupted."""

    def __init__(self, folder: Path, verb: str = "up") -> None:
        self._children: list[psutil.Process] = []
        self._log = folder.parent / f"{verb}.log"
        self._out = folder.parent / f"{verb}.json"
        with self._log.open("w") as log, self._out.open("w") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "deploy", verb, "--stack", STACK, "--yes", "--json"],
                cwd=folder,
                stdout=out,
                stderr=log,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        """What it has said so far."""
        return self._log.read_text()

    def wait_for(self, *words: str) -> None:
        """Wait until it has said all of these words."""
        wait_until(
            lambda: all(word in self.said for word in words) or self._process.poll() is not None,
            f"{words} in what `up` says",
        )
        missing = [word for word in words if word not in self.said]
        assert not missing, f"`up` ended without {missing}:\n{self.said[-6000:]}"

    def send(self, number: signal.Signals) -> None:
        """A signal to the Pulumi CLI, as a person or a machine that goes down sends it."""
        self._children = psutil.Process(self._process.pid).children(recursive=True)
        for child in self._children:
            if child.name() == "pulumi":
                child.send_signal(number)

    def end(self) -> Update:
        """Wait for its end; what a killed CLI has left running ends too."""
        self._process.wait(TIMEOUT_SECONDS)
        for child in self._children:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
        return Update(self._process.returncode, self.said, self._out.read_text())


def wait_until(holds: Callable[[], bool], what: str, seconds: float = 300) -> None:
    """Look until something holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"no {what} within {seconds} s"
        time.sleep(POLL_SECONDS)
