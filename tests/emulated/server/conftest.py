"""The emulated AWS as two real processes on free ports, without containers."""

from __future__ import annotations

import os
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3
import pytest

from emulated import cloud
from emulated.problems import EngineError
from emulated.settings import read_settings
from local.ports import free_port
from tests.emulated.server.stage import Stage, furnished
from tests.emulated.server.waiting import wait_for

ROOT = Path(__file__).parents[3]
MOTO_SERVICES = ("application-autoscaling", "backup", "wafv2")


@dataclass(frozen=True)
class Server:
    """Where the two processes answer."""

    aws_port: int
    moto_port: int

    def client(self, service: str) -> Any:
        """An SDK client for the process that serves a service."""
        port = self.moto_port if service in MOTO_SERVICES else self.aws_port
        return boto3.client(
            service,
            endpoint_url=f"http://127.0.0.1:{port}",
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )


def emulator_python() -> Path:
    """The emulator's own environment; `python -m emulated start` makes it."""
    return Path(os.environ.get("EMULATED_PYTHON") or ROOT / ".emulated/venv/bin/python")


def answers(url: str) -> bool:
    """Whether an address answers 200."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own http address
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Both processes, records only, ended with the tests."""
    python = emulator_python()
    if not python.exists():
        pytest.skip("no environment of the emulator: run `python -m emulated start` once")
    folder = tmp_path_factory.mktemp("emulated")
    found = Server(free_port(), free_port())
    environment = {
        **os.environ,
        "EMULATED_AWS_PORT": str(found.aws_port),
        "EMULATED_MOTO_PORT": str(found.moto_port),
        "EMULATED_STATE_DIR": str(folder),
        "EMULATED_CONTAINERS": "false",
        "PYTHONPATH": str(ROOT),
    }
    with ExitStack() as stack:
        for process in ("aws", "moto"):
            log = stack.enter_context((folder / f"{process}.log").open("wb"))
            command = [str(python), "-m", "emulated.server", process]
            started = stack.enter_context(
                subprocess.Popen(command, env=environment, stdout=log, stderr=log)
            )
            stack.callback(started.terminate)
        health = f"http://127.0.0.1:{found.aws_port}/_ministack/health"
        wait_for(lambda: answers(health), "the first process answers")
        wait_for(
            lambda: answers(f"http://127.0.0.1:{found.moto_port}/moto-api/data.json"),
            "the second process answers",
        )
        yield found


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A cloud of its own name; its ports are those of the environment."""
    folder = tmp_path_factory.mktemp("cloud")
    settings = replace(read_settings(os.environ), name=f"server-test-{os.getpid()}", folder=folder)
    try:
        started = cloud.start(containers=True, settings=settings)
    except EngineError as problem:
        pytest.skip(f"left out: {problem}")
    try:
        yield furnished(Stage(started, settings))
    finally:
        cloud.stop(settings=settings)
