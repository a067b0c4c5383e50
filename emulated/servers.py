"""The cloud's own containers: two servers and the forwarder for credentials."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field

import docker

from emulated.engine import Engine
from emulated.network import AWS_ADDRESS, CREDENTIALS_ADDRESS, MOTO_ADDRESS
from emulated.problems import EngineError
from emulated.settings import FOLDER_LABEL, LABEL, CloudSettings

STATE_IN_CONTAINER = "/var/lib/emulated"
SOCKET_IN_CONTAINER = "/var/run/docker.sock"
LAST_LINES = 20


@dataclass(frozen=True, kw_only=True)
class Server:
    """One container: its module and arguments, its address, the ports published at 127.0.0.1."""

    role: str
    command: tuple[str, ...]
    address: str
    ports: tuple[int, ...] = ()
    binds: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


def container_name(settings: CloudSettings, role: str) -> str:
    """The name of one of our containers."""
    return f"{settings.name}-{role}"


def server_environment(settings: CloudSettings) -> dict[str, str]:
    """What `emulated.server` is told; its settings explain each."""
    return {
        **dict(settings.server_environment),
        "EMULATED_AWS_PORT": str(settings.aws_port),
        "EMULATED_BIND_HOST": "0.0.0.0",  # noqa: S104 - a container's own network
        "EMULATED_CONTAINERS": "true",
        "EMULATED_GATEWAY_CONTAINER": container_name(settings, "aws"),
        "EMULATED_HTTPS_PORT": str(settings.https_port),
        "EMULATED_HTTP_PORT": str(settings.http_port),
        "EMULATED_MOTO_PORT": str(settings.moto_port),
        "EMULATED_NAME_PREFIX": settings.name,
        "EMULATED_NETWORK": settings.name,
        "EMULATED_REGISTRY_HOST": f"localhost:{settings.aws_port}",
        "EMULATED_SERVER_ADDRESS": CREDENTIALS_ADDRESS,
        "EMULATED_STATE_DIR": STATE_IN_CONTAINER,
        "DOCKER_HOST": f"unix://{SOCKET_IN_CONTAINER}",
    }


def servers(engine: Engine, settings: CloudSettings) -> tuple[Server, ...]:
    """The containers in the order in which they start."""
    aws, environment = f"{AWS_ADDRESS}:{settings.aws_port}", server_environment(settings)
    forwards = (
        f"80={aws}",
        f"{settings.aws_port}={aws}",
        f"{settings.moto_port}={MOTO_ADDRESS}:{settings.moto_port}",
    )
    return (
        Server(
            role="aws",
            command=("emulated.server", "aws"),
            address=AWS_ADDRESS,
            ports=tuple(
                p for p in (settings.aws_port, settings.http_port, settings.https_port) if p
            ),
            binds=(f"{engine.socket}:{SOCKET_IN_CONTAINER}",),
            environment=environment,
        ),
        Server(
            role="moto",
            command=("emulated.server", "moto"),
            address=MOTO_ADDRESS,
            ports=(settings.moto_port,),
            environment=environment,
        ),
        Server(
            role="credentials",
            command=("emulated.credentials_gate", *forwards),
            address=CREDENTIALS_ADDRESS,
        ),
    )


def start_server(engine: Engine, settings: CloudSettings, image: str, server: Server) -> None:
    """Create and start one container; CloudError with the engine's own words."""
    api, name = engine.client.api, container_name(settings, server.role)
    bindings: dict[int | str, object] = {p: ("127.0.0.1", p) for p in server.ports}
    host = api.create_host_config(
        port_bindings=bindings,
        binds=list(server.binds),
        # Fedora and its relatives refuse a container the engine's socket otherwise.
        security_opt=["label=disable"] if server.binds else None,
    )
    endpoint = api.create_endpoint_config(ipv4_address=server.address)
    try:
        made = api.create_container(
            image,
            list(server.command),
            name=name,
            hostname=name,
            environment=dict(server.environment),
            labels={LABEL: settings.name, FOLDER_LABEL: str(settings.folder)},
            ports=list(server.ports),
            host_config=host,
            networking_config={"EndpointsConfig": {settings.name: endpoint}},
        )
        api.start(made["Id"])
    except docker.errors.APIError as problem:
        raise EngineError(
            f"{engine.kind} could not start the container {name} at {server.address}: "
            f"{problem.explanation or problem}"
        ) from problem


def copy_authority(engine: Engine, settings: CloudSettings) -> None:
    """Copy the certificate of the server's own authority to this machine, for the HTTPS port."""
    server = engine.client.containers.get(container_name(settings, "aws"))
    chunks, _ = server.get_archive(f"{STATE_IN_CONTAINER}/tls/ca.pem")
    with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as archive:
        if found := archive.extractfile("ca.pem"):
            settings.authority_file.write_bytes(found.read())


def ended_server(engine: Engine, settings: CloudSettings) -> str:
    """The name of a server that no longer runs, empty when all do."""
    for server in servers(engine, settings):
        name = container_name(settings, server.role)
        try:
            if engine.client.containers.get(name).status in ("exited", "dead"):
                return f"The container {name}"
        except docker.errors.NotFound:
            return f"The container {name}"
    return ""


def read_logs(engine: Engine, settings: CloudSettings) -> dict[str, str]:
    """The whole output of each server, by role; absent for one that was never made."""
    logs = {}
    for server in servers(engine, settings):
        try:
            found = engine.client.containers.get(container_name(settings, server.role))
            logs[server.role] = found.logs().decode(errors="replace")
        except docker.errors.DockerException:
            continue
    return logs
