"""One run at a time: a lock on the data folder that ends with the last process of the run."""

import fcntl
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from local.problems import LocalError

# Longer than the guardian needs for a process that ignores SIGTERM, and for Postgres after it.
STOPPING_SECONDS = 60.0


class RunLock:
    """An exclusive lock whose file says who holds it.

    The descriptor is handed to the guardian: after `kill -9` of this process the lock lasts until
    everything it had started is stopped. That is why this is flock itself and no library's lock.
    """

    def __init__(self, path: Path, report: Callable[[str], None]) -> None:
        """Take the lock; LocalError names the run that has it."""
        try:
            self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except PermissionError as error:
            raise LocalError(
                f"{path.parent} belongs to another account, the one that ran `make up` here.\n"
                "Run it as that account again, or give another folder: "
                "`python -m local up --data-dir FOLDER`."
            ) from error
        deadline = time.monotonic() + STOPPING_SECONDS
        said = False
        while not self._taken():
            holder, address = self._holder()
            if _alive(holder) or time.monotonic() > deadline:
                os.close(self.descriptor)
                raise LocalError(_refusal(holder, address))
            if holder and not said:
                report("The last run was killed; waiting for its processes to stop ...")
                said = True
            time.sleep(0.1)
        self.note("")

    def note(self, address: str) -> None:
        """Write down who we are and where the application answers."""
        os.ftruncate(self.descriptor, 0)
        os.pwrite(
            self.descriptor,
            json.dumps({"process": os.getpid(), "address": address}).encode(),
            0,
        )

    def release(self) -> None:
        """Give the lock back."""
        os.ftruncate(self.descriptor, 0)
        os.close(self.descriptor)

    def _taken(self) -> bool:
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _holder(self) -> tuple[int, str]:
        try:
            noted = json.loads(os.pread(self.descriptor, 4096, 0))
            return int(noted["process"]), str(noted["address"])
        except (ValueError, KeyError, TypeError):
            return 0, ""  # being written in this moment


def _alive(process: int) -> bool:
    try:
        return process != 0 and psutil.Process(process).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _refusal(holder: int, address: str) -> str:
    where = f" and answers at {address}" if address else ""
    who = f" (process {holder})" if holder else ""
    return (
        f"`make up` is already running here{who}{where}.\n"
        "Stop it with Ctrl-C in its terminal, or run a second one beside it with its own data: "
        "`python -m local up --data-dir .local-2`."
    )
