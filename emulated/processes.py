"""The cloud without containers: the two servers as processes of this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import psutil

from emulated.record import ServerProcess
from emulated.settings import CloudSettings

ROLES = ("aws", "moto")
# Servers that run calls to the end at TERM get this long, then KILL.
STOP_SECONDS = 8
# Two clocks of one machine disagree by less.
CREATED_TOLERANCE_SECONDS = 2.0


def log_path(settings: CloudSettings, role: str) -> Path:
    """The file with a server's output."""
    return settings.state_dir / "log" / f"{role}.log"


def server_state(settings: CloudSettings) -> Path:
    """The folder in which the servers keep what they were given."""
    return settings.state_dir / "state"


def process_environment(settings: CloudSettings, inherited: Mapping[str, str]) -> dict[str, str]:
    """What the servers get: nothing of AWS or of a container engine from the user's environment."""
    kept = {
        n: v
        for n, v in inherited.items()
        if not n.startswith(("AWS_", "DOCKER_", "EMULATED_", "PYTHON"))
    }
    return {
        **kept,
        **dict(settings.server_environment),
        "EMULATED_AWS_PORT": str(settings.aws_port),
        "EMULATED_BIND_HOST": "127.0.0.1",
        "EMULATED_CONTAINERS": "false",
        "EMULATED_HTTPS_PORT": str(settings.https_port),
        "EMULATED_HTTP_PORT": str(settings.http_port),
        "EMULATED_MOTO_PORT": str(settings.moto_port),
        "EMULATED_NAME_PREFIX": settings.name,
        "EMULATED_REGISTRY_HOST": f"localhost:{settings.aws_port}",
        "EMULATED_STATE_DIR": str(server_state(settings)),
        "PYTHONUNBUFFERED": "1",
    }


def start_process(settings: CloudSettings, python: Path, role: str) -> ServerProcess:
    """Start one server apart from this terminal; its output goes to a file."""
    log = log_path(settings, role)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(python), "-m", "emulated.server", role],
            cwd=settings.folder,
            env=process_environment(settings, os.environ),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    # The server is meant to outlive this program: Python need not warn that it still runs.
    process.returncode = 0
    return ServerProcess(
        name=role, pid=process.pid, created=psutil.Process(process.pid).create_time()
    )


def find_process(process: ServerProcess) -> psutil.Process | None:
    """The recorded process if it still runs; another that got its id meanwhile is not it."""
    try:
        found = psutil.Process(process.pid)
        same = abs(found.create_time() - process.created) < CREATED_TOLERANCE_SECONDS
        return found if same and found.status() != psutil.STATUS_ZOMBIE else None
    except psutil.Error:
        return None


def ended_process(processes: tuple[ServerProcess, ...]) -> str:
    """The name of a server that no longer runs, empty when all do."""
    gone = next((p for p in processes if find_process(p) is None), None)
    return f"The server {gone.name}" if gone else ""


def stop_processes(processes: tuple[ServerProcess, ...]) -> int:
    """End the servers and what they started; return how many servers still ran."""
    running = [found for p in processes if (found := find_process(p))]
    family = [child for r in running for child in r.children(recursive=True)] + running
    for member in family:
        signal_process(member, kill=False)
    _, stubborn = psutil.wait_procs(family, timeout=STOP_SECONDS)
    for member in stubborn:
        signal_process(member, kill=True)
    psutil.wait_procs(stubborn, timeout=STOP_SECONDS)
    return len(running)


def signal_process(process: psutil.Process, *, kill: bool) -> None:
    """TERM or KILL; fine when it has ended meanwhile."""
    try:
        process.kill() if kill else process.terminate()
    except psutil.NoSuchProcess:
        return


def remove_state(settings: CloudSettings) -> None:
    """Remove what the servers kept; their packages stay for the next start."""
    for folder in (server_state(settings), settings.state_dir / "log"):
        shutil.rmtree(folder, ignore_errors=True)
    settings.authority_file.unlink(missing_ok=True)
