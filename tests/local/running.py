"""A project in a folder of its own, and `python -m local up` really running in it."""

import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from local.ports import free_port

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGES = sysconfig.get_path("purelib")
PATIENCE_SECONDS = 30.0

SERVER = """
import http.server, os, signal, sys
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"here")
signal.signal(signal.SIGTERM, lambda *_: (print("finished politely"), sys.exit(0)))
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Page)
print("serving", flush=True)
server.serve_forever()
"""
NOBODYS_DATABASE = "DATABASE_URL=postgresql://nobody:x@127.0.0.1:1/nothing\n"


class Project:
    """A folder with a Procfile and small programs; removed with its data at the end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.runs: list[Run] = []
        (folder / "app").mkdir()
        self.write("serve.py", SERVER)

    def write(self, name: str, text: str) -> None:
        """Write a file of the project."""
        (self.folder / name).write_text(text)

    def procfile(self, *lines: str, postgres: bool = False) -> None:
        """Write the Procfile; without `postgres` the `.env` names some other database."""
        self.write("app/Procfile", "\n".join(lines) + "\n")
        self.write(".env", "" if postgres else NOBODYS_DATABASE)

    def up(
        self,
        port: int | None = 0,
        plan: bool = False,
        user: int | None = None,
        python: str | None = None,
    ) -> "Run":
        """Start `python -m local up` here, without the plan unless asked; port 0 is a free one."""
        command = [python or sys.executable, "-m", "local", "up"]
        # Not the usual port: another test may take it between the look and the start.
        command += [] if port is None else ["--port", str(port or free_port())]
        command += [] if plan else ["--no-plan"]
        self.runs.append(Run(command, self.folder, user))
        return self.runs[-1]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command beside the application, as `make run` does."""
        return subprocess.run(
            [sys.executable, "-m", "local", "run", "--", *words],
            cwd=self.folder,
            env=own_environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )

    def processes(self) -> list[str]:
        """Return the command lines of all processes that belong to this project."""
        found = []
        for process in psutil.process_iter(["cmdline", "cwd", "status"]):
            words = " ".join(process.info["cmdline"] or [])
            here = str(self.folder) in words or (process.info["cwd"] or "") == str(self.folder)
            if here and process.info["status"] != psutil.STATUS_ZOMBIE:
                found.append(words)
        return found


class Run:
    """One running `python -m local up`: its output so far, and signals to it."""

    def __init__(self, command: list[str], folder: Path, user: int | None) -> None:
        self._log = tempfile.TemporaryFile("w+b")  # noqa: SIM115 (closed with the run)
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env=own_environment(),
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )

    @property
    def output(self) -> str:
        """Everything written so far."""
        return os.pread(self._log.fileno(), 1_000_000, 0).decode()

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Wait until the output matches; fails with the output when the run ends before."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            ended = self.process.poll() is not None
            if found := re.search(pattern, self.output):
                return found
            assert not ended, f"ended without {pattern!r}:\n{self.output}"
            time.sleep(0.02)
        raise AssertionError(f"no {pattern!r} in:\n{self.output}")

    def address(self) -> str:
        """Wait until it runs; return the address it prints."""
        return self.wait_for(r"Running at (http://127\.0\.0\.1:\d+)")[1]

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the whole group, as a terminal and `make` do."""
        os.killpg(self.process.pid, number)

    def end(self) -> int:
        """Wait for the end and return the exit code."""
        return self.process.wait(PATIENCE_SECONDS)

    def close(self) -> None:
        """Stop it if it still runs."""
        if self.process.poll() is None:
            self.send(signal.SIGTERM)
            try:
                self.process.wait(PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._log.close()


def own_environment() -> dict[str, str]:
    """Return the variables of whoever runs the tests, less what decides where data goes."""
    theirs = {"PORT", "SECRET_KEY", "DATABASE_URL"}
    kept = {name: value for name, value in os.environ.items() if name not in theirs}
    return kept | {"PYTHONPATH": f"{REPOSITORY}:{PACKAGES}", "PYTHONDONTWRITEBYTECODE": "1"}


@contextmanager
def new_project() -> Iterator[Project]:
    """Yield a project that any account can reach, which pytest's own folders do not allow."""
    folder = Path(tempfile.mkdtemp(prefix="project-")).resolve()
    folder.chmod(0o755)
    project = Project(folder)
    try:
        yield project
    finally:
        for run in project.runs:
            run.close()
        shutil.rmtree(folder, ignore_errors=True)


def eventually(condition: Callable[[], bool]) -> bool:
    """Wait for the condition; tells whether it came true."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False
