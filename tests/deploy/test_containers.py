"""An image can be built here, or the person learns which of three ways leads on."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingUnixStreamServer

import pytest

from deploy.containers import find_engine, missing
from deploy.process import Runner
from tests.deploy.conftest import write_program


@pytest.fixture
def runner(environ: dict[str, str], tmp_path: Path) -> Runner:
    """A machine whose only docker program is what a test writes."""
    path = tmp_path / "programs"
    for needed in ("cat", "sh"):
        write_program(path, needed, f'#!/bin/sh\nexec /bin/{needed} "$@"\n')
    return Runner(environ | {"PATH": str(path)}, tmp_path)


def docker(runner: Runner, server: object, platforms: str = "") -> None:
    """A docker program with this engine behind it, and a builder for these platforms."""
    (runner.folder / "server.json").write_text(json.dumps(server))
    inspect = f"echo 'Platforms: {platforms}'" if platforms else "exit 1"
    write_program(
        runner.folder / "programs",
        "docker",
        f"#!/bin/sh\ncase $1 in version) cat {runner.folder}/server.json;; *) {inspect};; esac\n",
    )


INTEL = {"Arch": "amd64", "Platform": {"Name": "Docker Engine - Community"}}


def test_an_engine_of_the_same_processor_builds(runner: Runner, tmp_path: Path) -> None:
    docker(runner, INTEL)
    assert missing("X86_64", runner, tmp_path) == []


def test_arm_on_intel_without_emulation_is_refused_with_three_ways_out(
    runner: Runner, tmp_path: Path
) -> None:
    docker(runner, INTEL)
    (found,) = missing("ARM64", runner, tmp_path)
    assert "runs on amd64 and cannot build for arm64" in found.what
    for way in ("binfmt --install arm64", "architecture", "image: uri:"):
        assert way in found.remedy


def test_emulation_by_the_kernel_is_enough(runner: Runner, tmp_path: Path) -> None:
    docker(runner, INTEL)
    (tmp_path / "qemu-aarch64").write_text("enabled\ninterpreter /usr/bin/qemu-aarch64-static\n")
    assert missing("ARM64", runner, tmp_path) == []


def test_emulation_that_is_switched_off_is_none(runner: Runner, tmp_path: Path) -> None:
    docker(runner, INTEL)
    (tmp_path / "qemu-aarch64").write_text("disabled\n")
    assert missing("ARM64", runner, tmp_path), "the build would fail after minutes"


def test_a_builder_that_names_the_platform_is_enough(runner: Runner, tmp_path: Path) -> None:
    docker(runner, INTEL, "linux/amd64, linux/arm64, linux/riscv64")
    assert missing("ARM64", runner, tmp_path) == []


def test_a_builder_for_a_longer_name_of_the_platform_is_not(runner: Runner, tmp_path: Path) -> None:
    docker(runner, INTEL, "linux/amd64, linux/arm64be")
    assert missing("ARM64", runner, tmp_path)


def test_docker_desktop_emulates_by_itself(runner: Runner, tmp_path: Path) -> None:
    docker(runner, {"Arch": "arm64", "Platform": {"Name": "Docker Desktop 4.50"}})
    assert missing("X86_64", runner, tmp_path) == []


def test_a_docker_program_without_an_engine_is_no_engine(runner: Runner, tmp_path: Path) -> None:
    docker(runner, None)
    alone = Runner({**runner.environ, "DOCKER_HOST": "unix:///nowhere/docker.sock"}, tmp_path)
    (found,) = missing("X86_64", alone, tmp_path)
    assert found.what.startswith("No container engine answers at unix:///nowhere/docker.sock")
    assert "Start Docker or podman" in found.remedy


class Api(BaseHTTPRequestHandler):
    """What podman's service says of itself."""

    def do_GET(self) -> None:
        body = json.dumps({"Arch": "aarch64", "Version": "5.0"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass

    def address_string(self) -> str:
        return "socket"


@pytest.fixture
def podman_socket(tmp_path: Path) -> Iterator[str]:
    path = tmp_path / "p.sock"
    with ThreadingUnixStreamServer(str(path), Api) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"unix://{path}"
        server.shutdown()
        thread.join()


def test_podman_without_a_docker_program_is_found_by_its_socket(
    runner: Runner, podman_socket: str
) -> None:
    engine = find_engine(Runner({**runner.environ, "DOCKER_HOST": podman_socket}, runner.folder))
    assert engine is not None
    assert engine.processor == "arm64", "aarch64 and arm64 are one processor"
