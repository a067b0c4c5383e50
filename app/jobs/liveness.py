"""A sign of life for processes that listen on no port: a file that is touched while they work."""

from __future__ import annotations

from pathlib import Path

# The health check looks for a file younger than two minutes: a busy machine may be late at times.
TOUCH_SECONDS = 20.0


def alive_file(folder: Path, process: str) -> Path:
    """The file of a process, such as /tmp/worker.alive."""
    return folder / f"{process}.alive"
