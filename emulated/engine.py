"""Find the container engine: Docker or podman, by a local socket that speaks Docker's API.

Tried with podman 4.3 as root. Docker Engine, Docker Desktop and rootless engines follow their
documentation here and were not tried. With the latter two, databases answer tasks but not programs
on this machine, as their networks are not this machine's.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import docker
import requests
from docker.context import ContextAPI

from emulated.problems import EngineError
from emulated.settings import CloudSettings

DEFAULT_SOCKET = "/var/run/docker.sock"
# Building, pulling and starting on a busy laptop; the SDK's 60 s are too short for the first.
CALL_TIMEOUT_SECONDS = 600
WITHOUT = (
    "Or start the cloud without containers (records only): python -m emulated start --no-containers"
)


@dataclass(frozen=True)
class Engine:
    """A container engine that answered.

    `host`: DOCKER_HOST for other programs. `socket`: the path to mount into a container that is to
    speak with the engine, as the engine (which may live in a virtual machine) sees it.
    `insecure_registries`: registries the engine speaks to without TLS, as it reports them.
    """

    client: docker.DockerClient
    host: str
    socket: str
    kind: str
    version: str
    insecure_registries: frozenset[str]

    @property
    def is_podman(self) -> bool:
        """True for podman behind Docker's API."""
        return self.kind == "podman"

    def __str__(self) -> str:
        """For a person: kind, version and address."""
        return f"{self.kind} {self.version} at {self.host}"


# Makes a client for an engine's address, which need not answer.
Connect = Callable[[str], docker.DockerClient]


def connect(host: str) -> docker.DockerClient:
    """A client of Docker's SDK for one address."""
    return docker.DockerClient(base_url=host, timeout=CALL_TIMEOUT_SECONDS)


@contextmanager
def explained(engine: Engine) -> Iterator[None]:
    """Turn what the engine refuses, or its silence, into an EngineError in its own words."""
    try:
        yield
    except docker.errors.APIError as problem:
        raise EngineError(f"{engine.kind} refused: {problem.explanation or problem}") from problem
    except (docker.errors.DockerException, requests.RequestException) as problem:
        raise EngineError(f"{engine} stopped answering: {problem}") from problem


def chosen_host(settings: CloudSettings) -> tuple[str, str]:
    """The address that the user chose and where, both empty when nothing was chosen.

    The order is the docker program's own: DOCKER_HOST, DOCKER_CONTEXT, the configured context.
    """
    if settings.engine_host:
        return settings.engine_host, "DOCKER_HOST"
    try:
        context = ContextAPI.get_context(settings.engine_context or None)
    except Exception:  # a damaged configuration of the docker program is no reason to end here
        context = None
    if context is None:
        if settings.engine_context:
            raise EngineError(
                f"DOCKER_CONTEXT={settings.engine_context} names a context that does not exist: "
                "`docker context ls` shows those that do."
            )
        return "", ""
    host = str(context.Host or "")
    name = str(context.Name)
    return ("", "") if name == "default" else (host, f"the docker context {name}")


def candidate_sockets(settings: CloudSettings) -> Iterator[str]:
    """Where engines usually listen: Docker, Docker Desktop, podman as root, rootless ones."""
    yield DEFAULT_SOCKET
    yield str(settings.home / ".docker/run/docker.sock")
    yield "/run/podman/podman.sock"
    if settings.runtime_dir:
        yield f"{settings.runtime_dir}/docker.sock"
        yield f"{settings.runtime_dir}/podman/podman.sock"


def find_engine(
    settings: CloudSettings,
    *,
    make_client: Connect = connect,
    exists: Callable[[str], bool] = lambda path: Path(path).exists(),
    find_program: Callable[[str], str | None] = shutil.which,
) -> Engine:
    """The first engine that answers, the user's choice before all others.

    EngineError says what is missing on this machine and how to get it.
    """
    host, source = chosen_host(settings)
    if host:
        return ask_chosen(host, source, settings, make_client)
    refusals: list[str] = []
    for path in candidate_sockets(settings):
        if not exists(path):
            continue
        try:
            return ask(f"unix://{path}", settings, make_client)
        except (docker.errors.DockerException, requests.RequestException) as problem:
            refusals.append(explain_refusal(path, problem))
    raise EngineError("\n".join([*(refusals or [explain_absence(find_program)]), WITHOUT]))


def ask_chosen(host: str, source: str, settings: CloudSettings, make_client: Connect) -> Engine:
    """The engine that the user named; another machine's has other addresses, so it is refused."""
    if not host.startswith(("unix://", "npipe://")):
        raise EngineError(
            f"{source} says {host}, but the emulated cloud needs an engine on this machine: its "
            "pages and databases are at 127.0.0.1.\n"
            f"Name a local socket (DOCKER_HOST=unix:///path) or unset it. {WITHOUT}"
        )
    try:
        return ask(host, settings, make_client)
    except (docker.errors.DockerException, requests.RequestException) as problem:
        refusal = explain_refusal(host.removeprefix("unix://"), problem)
        raise EngineError(f"{source} says {host}. {refusal}\n{WITHOUT}") from problem


def ask(host: str, settings: CloudSettings, make_client: Connect) -> Engine:
    """Ask an address what engine it is; DockerException or RequestException if none answers."""
    client = make_client(host)
    version, info = client.version(), client.info()
    components = [str(part.get("Name", "")) for part in version.get("Components") or []]
    kind = "podman" if any("podman" in name.lower() for name in components) else "docker"
    registries = (info.get("RegistryConfig") or {}).get("IndexConfigs") or {}
    return Engine(
        client=client,
        host=host,
        socket=settings.engine_socket or inner_socket(host, str(info.get("OperatingSystem", ""))),
        kind=kind,
        version=str(version.get("Version", "?")),
        insecure_registries=frozenset(
            n for n, c in registries.items() if not c.get("Secure", True)
        ),
    )


def inner_socket(host: str, system: str, platform: str = sys.platform) -> str:
    """The engine's socket as the engine sees it.

    Docker Desktop, and everything outside Linux, runs the engine in a virtual machine where the
    user's path means nothing, but Docker's usual one works.
    """
    if system == "Docker Desktop" or platform != "linux":
        return DEFAULT_SOCKET
    return host.removeprefix("unix://")


def explain_refusal(path: str, problem: Exception) -> str:
    """Why a socket that exists cannot be used, and what helps."""
    text = str(problem)
    if "Permission denied" in text or "PermissionError" in text:
        return (
            f"This user may not use the container engine's socket {path}: "
            "run `sudo usermod -aG docker $USER` and log in again, or use a rootless engine."
        )
    if "FileNotFoundError" in text or "No such file" in text:
        return f"There is no socket at {path}: start the engine, or correct the path."
    return f"Nothing answers at {path} ({text.splitlines()[0][:200]}): start the container engine."


def explain_absence(find_program: Callable[[str], str | None]) -> str:
    """What to install or start when no socket exists."""
    if find_program("podman"):
        return (
            "podman is installed, but its API socket is not there: `sudo systemctl enable --now "
            "podman.socket` starts it (without systemd: `sudo podman system service --time=0 &`)."
        )
    if find_program("docker"):
        return (
            "The docker program is installed, but no engine listens: start Docker Desktop, "
            "or `sudo systemctl start docker`."
        )
    return (
        "No container engine was found. Install Docker (https://docs.docker.com/get-docker/) "
        "or podman (https://podman.io/docs/installation), then start again."
    )
