"""Servers as processes of this machine."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import psutil

from emulated.processes import (
    ended_process,
    find_process,
    process_environment,
    stop_processes,
)
from emulated.record import ServerProcess
from emulated.settings import CloudSettings


def sleeper() -> tuple[subprocess.Popen[bytes], ServerProcess]:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    return process, ServerProcess("aws", process.pid, psutil.Process(process.pid).create_time())


def test_a_recorded_process_is_ended_and_then_known_as_ended() -> None:
    process, recorded = sleeper()
    assert ended_process((recorded,)) == ""
    assert stop_processes((recorded,)) == 1
    process.wait(5)
    assert ended_process((recorded,)) == "The server aws"
    assert stop_processes((recorded,)) == 0, "a second stop is no problem"


def test_another_process_with_a_recorded_id_is_left_alone() -> None:
    process, recorded = sleeper()
    try:
        stranger = replace(recorded, created=recorded.created - 3600)
        assert find_process(stranger) is None
        assert stop_processes((stranger,)) == 0
        assert process.poll() is None, "stop ended a program of somebody else"
    finally:
        process.kill()
        process.wait()


def test_servers_get_nothing_of_the_users_aws_or_engine(settings: CloudSettings) -> None:
    inherited = {"PATH": "/bin", "AWS_PROFILE": "work", "DOCKER_HOST": "tcp://server.test:2375"}
    environment = process_environment(settings, inherited)
    assert environment["PATH"] == "/bin"
    assert not [n for n in environment if n.startswith(("AWS_", "DOCKER_"))]
    assert environment["EMULATED_CONTAINERS"] == "false"
    assert environment["EMULATED_BIND_HOST"] == "127.0.0.1", "the whole network could call it"
