"""Whether a container engine is here, and can build for the stack's processor."""

import http.client
import json
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.problems import Missing
from deploy.process import Runner

BINFMT = Path("/proc/sys/fs/binfmt_misc")
START = "Start Docker or podman (its API socket: systemctl --user start podman.socket)"
ANSWER_SECONDS = 5

# What a stack calls a processor; what container engines call it; what QEMU calls it.
_PROCESSORS = {"ARM64": ("arm64", "aarch64"), "X86_64": ("amd64", "x86_64")}
_ALIASES = {"aarch64": "arm64", "x86_64": "amd64"}


@dataclass(frozen=True)
class ContainerEngine:
    """An engine that answers: the processor of its machine (`arm64`, `amd64`).

    Docker Desktop comes with the emulation of other processors.
    """

    processor: str
    desktop: bool


def find_engine(runner: Runner) -> ContainerEngine | None:
    """The engine that images are built with: docker's own choice, else podman's usual sockets."""
    said = _asked_by_docker(runner)
    if said is not None:
        return said
    answers = map(_asked_by_socket, _usual_sockets(runner.environ))
    return next((engine for engine in answers if engine is not None), None)


def missing(architecture: str, runner: Runner, binfmt: Path = BINFMT) -> list[Missing]:
    """What keeps the image from being built here; empty when nothing does."""
    engine = find_engine(runner)
    if engine is None:
        where = runner.environ.get("DOCKER_HOST") or "the usual sockets"
        return [
            Missing(
                f"No container engine answers at {where}; the image cannot be built.",
                f"{START}, or give an existing image (image: uri:)",
            )
        ]
    wanted, emulator = _PROCESSORS[architecture]
    if (
        wanted == engine.processor
        or engine.desktop
        or _emulates(binfmt, emulator)
        or _builder_has(f"linux/{wanted}", runner)
    ):
        return []
    return [
        Missing(
            f"The container engine here runs on {engine.processor} and cannot build for {wanted}, "
            f"which service: architecture: {architecture} asks for.",
            "Install QEMU's emulation (docker run --privileged --rm tonistiigi/binfmt --install "
            f"{wanted}, or the package qemu-user-static), set the architecture to that of this "
            "machine, or give an existing image (image: uri:)",
        )
    ]


def _asked_by_docker(runner: Runner) -> ContainerEngine | None:
    """The docker program knows contexts, DOCKER_HOST, ssh and certificates."""
    answer = runner.capture(["docker", "version", "--format", "{{json .Server}}"])
    return _described(answer.stdout) if answer.succeeded else None


def _usual_sockets(environ: Mapping[str, str]) -> list[Path]:
    given = environ.get("DOCKER_HOST", "")
    if given:
        return [Path(given.removeprefix("unix://"))] if given.startswith("unix://") else []
    runtime = environ.get("XDG_RUNTIME_DIR", f"/run/user/{os.getuid()}")
    return [
        Path("/var/run/docker.sock"),
        Path(environ.get("HOME", "/"), ".docker/run/docker.sock"),
        Path(runtime, "podman/podman.sock"),
        Path("/run/podman/podman.sock"),
    ]


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a socket in the file system, as both engines speak it."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=ANSWER_SECONDS)
        self._path = path

    def connect(self) -> None:
        """Open the socket."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(ANSWER_SECONDS)
        self.sock.connect(self._path)


def _asked_by_socket(path: Path) -> ContainerEngine | None:
    connection = _UnixConnection(str(path))
    try:
        connection.request("GET", "/version")
        return _described(connection.getresponse().read().decode())
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()


def _described(text: str) -> ContainerEngine | None:
    """An engine's own description in JSON; None when it is something else, such as `null`."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    if not isinstance(found, dict) or not found.get("Arch"):
        return None
    processor = str(found["Arch"])
    product = str((found.get("Platform") or {}).get("Name", ""))
    return ContainerEngine(_ALIASES.get(processor, processor), "desktop" in product.lower())


def _emulates(binfmt: Path, processor: str) -> bool:
    """Whether the kernel hands that processor's programs to QEMU."""
    try:
        return (binfmt / f"qemu-{processor}").read_text().startswith("enabled")
    except OSError:
        return False


def _builder_has(platform: str, runner: Runner) -> bool:
    """Whether the current buildx builder names the platform, as a remote one may."""
    answer = runner.capture(["docker", "buildx", "inspect"])
    platforms = [line for line in answer.stdout.splitlines() if line.startswith("Platforms:")]
    return answer.succeeded and any(
        platform in line.replace(",", " ").split() for line in platforms
    )
