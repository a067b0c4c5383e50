"""An environment of checkov's own: it pins boto3 to another release than the project's."""

import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Final

from planning.plan import ROOT

REQUIREMENTS: Final = Path(__file__).with_name("checkov-requirements.txt")
_UV: Final = (sys.executable, "-m", "uv")
FOLDER: Final = ROOT / ".venv-checkov"


class EnvironmentProblemError(Exception):
    """The environment cannot be made; the message says why and what to do."""


def program(folder: Path = FOLDER) -> Path:
    """Where checkov is, once `prepare` has been called."""
    return folder / "bin" / "checkov"


def is_ready(folder: Path = FOLDER) -> bool:
    """Whether the environment has what the requirements say now."""
    stamp = folder / ".ready"
    return stamp.is_file() and stamp.read_text() == _fingerprint()


def prepare(folder: Path = FOLDER) -> Path:
    """Make the environment where it is missing or outdated, and return checkov's path.

    Raises EnvironmentProblemError when a package cannot be had or its hash is another.
    """
    if not is_ready(folder):
        print(f"Installing checkov into {folder.name} (about a minute) ...", file=sys.stderr)
        _run([sys.executable, "-m", "venv", "--clear", str(folder)])
        target = ["--python", str(folder / "bin" / "python")]
        _run([*_UV, "pip", "sync", "--quiet", "--require-hashes", *target, str(REQUIREMENTS)])
        (folder / ".ready").write_text(_fingerprint())
    return program(folder)


def _fingerprint() -> str:
    return hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()


def _run(command: list[str]) -> None:
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise EnvironmentProblemError(
            f"checkov could not be installed: {ended.stderr.strip() or ended.stdout.strip()}\n"
            "It comes from the package index that pip uses here; check the connection to it and "
            "run `make checkov` again."
        )
