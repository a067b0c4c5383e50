"""A container engine in memory: what the life cycle asks of one, and what it did to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import docker
import requests

from emulated.engine import Engine
from emulated.settings import FOLDER_LABEL, LABEL


class Thing:
    """A container, volume, network or image."""

    def __init__(self, shelf: list[Thing], name: str, attrs: dict[str, Any]) -> None:
        self.shelf, self.name, self.attrs = shelf, name, attrs
        self.id = f"id-{name}"
        self.labels: dict[str, str] = attrs.get("Labels") or {}
        self.status = str(attrs.get("Status", "running"))
        self.tags = [name]
        self.stubborn = False
        self.output = b""

    def kill(self) -> None:
        self.status = "exited"

    def remove(self, force: bool = False, v: bool = False) -> None:
        if self.stubborn:
            raise docker.errors.APIError("busy")
        if self in self.shelf:
            self.shelf.remove(self)

    def reload(self) -> None:
        """What is known is current."""

    def logs(self) -> bytes:
        return self.output


class Shelf:
    """One of the client's collections."""

    def __init__(self) -> None:
        self.things: list[Thing] = []

    def add(self, name: str, **attrs: Any) -> Thing:
        thing = Thing(self.things, name, attrs)
        self.things.append(thing)
        return thing

    def list(self, *, filters: dict[str, str] | None = None, **_options: bool) -> list[Thing]:
        label = (filters or {}).get("label", "")
        key, _, value = label.partition("=")
        return [
            t
            for t in self.things
            if not label or (t.labels.get(key) == value if value else key in t.labels)
        ]

    def get(self, name: str) -> Thing:
        for thing in self.things:
            if thing.name == name:
                return thing
        raise docker.errors.NotFound(name)

    def create(self, name: str, labels: dict[str, str], **attrs: Any) -> Thing:
        return self.add(name, Labels=labels, **attrs)


class Images(Shelf):
    """Images are got by name and removed by it."""

    def get(self, name: str) -> Thing:
        try:
            return super().get(name)
        except docker.errors.NotFound:
            raise docker.errors.ImageNotFound(name) from None

    def remove(self, name: str) -> None:
        self.get(name).remove()

    def prune(self, filters: dict[str, Any]) -> None:
        """Nothing here loses its name."""


class Api:
    """The calls below the collections."""

    def __init__(self, client: FakeClient) -> None:
        self.client = client
        self.build_messages: list[dict[str, str]] = [{"stream": "Step 1/1 : FROM python\n"}]
        self.built: list[dict[str, Any]] = []
        self.made: list[dict[str, Any]] = []

    def build(self, tag: str, **options: Any) -> list[dict[str, str]]:
        self.built.append({"tag": tag, **options})
        if not any("error" in m for m in self.build_messages):
            self.client.images.add(tag)
        return self.build_messages

    def create_host_config(self, **options: Any) -> dict[str, Any]:
        return options

    def create_endpoint_config(self, **options: Any) -> dict[str, Any]:
        return options

    def create_container(self, image: str, command: list[str], **options: Any) -> dict[str, str]:
        self.made.append({"image": image, "command": command, **options})
        made = self.client.containers.add(
            options["name"], Labels=options["labels"], Status=self.client.first_status
        )
        made.output = self.client.first_output
        return {"Id": made.id}

    def start(self, container: str) -> None:
        """It runs from the beginning."""


@dataclass
class FakeClient:
    """The client of an engine; `answers` false: nothing listens."""

    kind: str = "Engine"
    system: str = "Debian"
    insecure: tuple[str, ...] = ()
    failure: Exception | None = None
    first_status: str = "running"
    first_output: bytes = b""
    containers: Shelf = field(default_factory=Shelf)
    networks: Shelf = field(default_factory=Shelf)
    volumes: Shelf = field(default_factory=Shelf)
    images: Images = field(default_factory=Images)

    def __post_init__(self) -> None:
        self.api = Api(self)

    def version(self) -> dict[str, Any]:
        if self.failure:
            raise self.failure
        return {"Version": "4.3.1", "Components": [{"Name": self.kind}]}

    def info(self) -> dict[str, Any]:
        registries = {name: {"Secure": False} for name in self.insecure}
        return {"OperatingSystem": self.system, "RegistryConfig": {"IndexConfigs": registries}}


def client_maker(client: FakeClient) -> Callable[[str], docker.DockerClient]:
    """What `find_engine` calls to get a client."""
    return lambda host: cast(docker.DockerClient, client)


def engine_with(client: FakeClient, kind: str = "docker") -> Engine:
    """An engine found before."""
    return Engine(
        client=cast(docker.DockerClient, client),
        host="unix:///var/run/docker.sock",
        socket="/var/run/docker.sock",
        kind=kind,
        version="4.3.1",
        insecure_registries=frozenset(client.insecure),
    )


def running_cloud(client: FakeClient, name: str, folder: str) -> None:
    """What a start and a deployment leave in an engine."""
    ours = {LABEL: name, FOLDER_LABEL: folder}
    for role in ("aws", "moto", "credentials"):
        client.containers.add(f"{name}-{role}", Labels=ours)
    client.containers.add(f"{name}-ecs-1-web", Labels={name: "ecs"})
    mount = {"Type": "volume", "Name": f"{name}-rds-page-data"}
    client.containers.add(f"{name}-rds-page", Labels={name: "rds"}, Mounts=[mount])
    client.volumes.add(f"{name}-rds-page-data")
    client.networks.add(name, Labels=ours)


UNREACHABLE = requests.ConnectionError("Connection refused")
