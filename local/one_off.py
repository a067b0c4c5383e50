"""A command beside the running application, with the environment of its processes."""

import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from local.problems import LocalError

FILE = "environment.json"


def keep_environment(data: Path, environment: Mapping[str, str]) -> Path:
    """Write the variables where `run` finds them, readable by their owner only; the file."""
    path = data / FILE
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(dict(environment)))
    return path


def run(root: Path, data: Path, command: Sequence[str]) -> int:
    """Run the command in the project's folder; its exit code.

    LocalError when `make up` does not run, or there is no such program.
    """
    if not _is_up(data):
        raise LocalError(
            "Nothing runs here whose database the command could use.\n"
            "Start `make up` in another terminal, and repeat this one when it says Running."
        )
    environment = os.environ | json.loads((data / FILE).read_text())
    program = shutil.which(command[0], path=environment["PATH"])
    if program is None:
        raise LocalError(
            f"There is no program {command[0]!r}.\n"
            "Write the command as in the Procfile, such as `flask seed-demo`."
        )
    try:
        return subprocess.run([program, *command[1:]], cwd=root, env=environment).returncode
    except KeyboardInterrupt:
        return 130


def _is_up(data: Path) -> bool:
    """Whether a run holds the lock of the data folder and has made its environment known."""
    try:
        lock = os.open(data / "lock", os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return (data / FILE).exists()
    finally:
        os.close(lock)
    return False
