"""Locks that an ended command has left in a file backend."""

import json
import socket
from pathlib import Path

import psutil

from deploy.engine import Engine
from deploy.problems import RefusedError


def clear(engine: Engine, state: Path) -> bool:
    """Take a dead command's lock off; whether there was one. RefusedError while it runs."""
    locks = list((state / ".pulumi" / "locks").glob("**/*.json"))
    for lock in locks:
        owner = _living_owner(lock)
        if owner:
            raise RefusedError.because(
                f"Another command works on the stack {engine.stack} (process {owner}).",
                "Wait until it has ended, or stop it with Ctrl-C where it runs.",
            )
    if locks:
        engine.cancel()
    return bool(locks)


def _living_owner(lock: Path) -> int:
    """The process that holds the lock, 0 when it is gone; ids are reused, so its name counts."""
    try:
        content = json.loads(lock.read_text())
        pid, host = int(content["pid"]), str(content["hostname"])
        alive = host == socket.gethostname() and "pulumi" in psutil.Process(pid).name()
    except (OSError, ValueError, KeyError, TypeError, psutil.Error):
        return 0
    return pid if alive else 0
