"""The servers that are compared, each with the same application and the same database."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from local.ports import HOST, free_port

ROOT = Path(__file__).parents[1]
START_SECONDS = 60.0
OURS, SYNC, GTHREAD = "ours", "gunicorn sync", "gunicorn gthread"


def commands(threads: int, port: int) -> dict[str, list[str]]:
    """How each is started, one worker process each."""
    gunicorn = [
        *(sys.executable, "-m", "gunicorn", "app.wsgi:application"),
        *("--bind", f"{HOST}:{port}", "--workers", "1", "--log-level", "warning"),
    ]
    return {
        OURS: [sys.executable, "-m", "app", "web"],
        SYNC: [*gunicorn, "--worker-class", "sync"],
        GTHREAD: [
            *(*gunicorn, "--worker-class", "gthread"),
            *("--threads", str(threads), "--keep-alive", "75"),
        ],
    }


@contextmanager
def running(name: str, database_url: str, threads: int) -> Iterator[int]:
    """Run one server; gives its port. What it prints goes nowhere, as lines of JSON."""
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "HOST": HOST,
        "PORT": str(port),
        "THREADS": str(threads),
        "TRUSTED_PROXIES": "1",
        "DATABASE_URL": database_url,
        "SECRET_KEY": "not-a-secret-0123456789-abcdefghijklmnop",
        "SESSION_COOKIE_SECURE": "false",
    }
    process = subprocess.Popen(
        commands(threads, port)[name],
        env=environment,
        cwd=ROOT / "bench",
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait(process, port)
        yield port
    finally:
        process.terminate()
        process.wait(60)


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    begun = time.monotonic()
    while time.monotonic() < begun + START_SECONDS and process.poll() is None:
        with suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection(HOST, port, timeout=10)
            connection.request("GET", "/livez")
            if connection.getresponse().status == 200:
                connection.close()
                return
        time.sleep(0.1)
    raise SystemExit("The server did not start: its reason stands above.")
