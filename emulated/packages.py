"""The environment of the cloud's own packages, for running it without containers."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import venv
from collections.abc import Callable, Sequence
from pathlib import Path

from emulated.problems import CloudError
from emulated.progress import Report, ticking
from emulated.settings import CloudSettings

REQUIREMENTS = Path(__file__).parent / "requirements.txt"
READY = ".ready"
LAST_LINES = 15

RunCommand = Callable[[Sequence[str]], "subprocess.CompletedProcess[str]"]


def run_command(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run to the end; its output, errors among it, is kept."""
    return subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )


def ensure_packages(
    settings: CloudSettings,
    report: Report,
    *,
    requirements: Path = REQUIREMENTS,
    run: RunCommand = run_command,
    make_environment: Callable[[Path], None] = lambda folder: venv.create(
        folder, clear=True, with_pip=True
    ),
) -> Path:
    """The Python of `.emulated/venv`, with exactly the pinned packages; made anew when they change.

    CloudError with the installer's last lines when it fails; an interrupted installation leaves
    no mark and is repeated.
    """
    folder = settings.packages_dir
    python, ready = folder / "bin" / "python", folder / READY
    wanted = f"{hashlib.sha256(requirements.read_bytes()).hexdigest()} {sys.version_info[:2]}\n"
    if ready.exists() and ready.read_text(encoding="utf-8") == wanted and python.exists():
        return python
    report("Installing the packages of the emulated AWS into .emulated/venv (once, a minute) ...")
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    with ticking(report, "still installing"):
        make_environment(folder)
        done = run([*pip, "--no-compile", "--require-hashes", "-r", str(requirements)])
    if done.returncode:
        lines = done.stdout.strip().splitlines()[-LAST_LINES:]
        raise CloudError(
            "The packages of the emulated AWS could not be installed; pip's last lines:\n"
            + "\n".join(f"  {line}" for line in lines)
        )
    ready.write_text(wanted, encoding="utf-8")
    return python
