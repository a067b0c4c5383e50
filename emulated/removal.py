"""Take away everything that a cloud made in the container engine, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import docker
from docker.models.containers import Container
from docker.models.networks import Network
from docker.models.volumes import Volume

from emulated.engine import Engine
from emulated.problems import CloudError
from emulated.settings import FOLDER_LABEL, LABEL, CloudSettings

WORKERS = 4


@dataclass(frozen=True)
class Removed:
    """How many things were taken away."""

    containers: int = 0
    volumes: int = 0
    networks: int = 0

    def __bool__(self) -> bool:
        """True when there was anything."""
        return bool(self.containers or self.volumes or self.networks)

    def __str__(self) -> str:
        """For a person."""
        counts = (
            (self.containers, "container"),
            (self.volumes, "volume"),
            (self.networks, "network"),
        )
        return ", ".join(f"{n} {what}{'s' if n != 1 else ''}" for n, what in counts)


def labels_of(settings: CloudSettings) -> tuple[str, str]:
    """The labels of a cloud's things: our own; the server's, with the cloud's name for a key."""
    return f"{LABEL}={settings.name}", settings.name


def our_containers(engine: Engine, settings: CloudSettings) -> list[Container]:
    """Servers first: a server that is gone starts no new task for one that is taken from it."""
    found: dict[str, Container] = {}
    for label in labels_of(settings):
        for container in engine.client.containers.list(
            all=True, filters={"label": label}, ignore_removed=True
        ):
            found[str(container.id)] = container
    return sorted(found.values(), key=lambda c: FOLDER_LABEL not in c.labels)


def other_folder(engine: Engine, settings: CloudSettings) -> str:
    """The folder that started the cloud of this name, empty when it is ours or there is none."""
    folders = (c.labels.get(FOLDER_LABEL, "") for c in our_containers(engine, settings))
    return next((f for f in folders if f and f != str(settings.folder)), "")


def check_owner(engine: Engine, settings: CloudSettings) -> None:
    """CloudError when the cloud of this name was started from another folder."""
    if folder := other_folder(engine, settings):
        raise CloudError(
            f"The emulated cloud {settings.name} was started from {folder}: "
            "run `python -m emulated stop` there first. "
            "(If that folder is gone: `python -m emulated stop --any-folder`.)"
        )


def mounted_volumes(containers: list[Container]) -> set[str]:
    """Names of the volumes that containers hold."""
    mounts = [m for c in containers for m in c.attrs.get("Mounts") or []]
    return {str(m["Name"]) for m in mounts if m.get("Type") == "volume" and m.get("Name")}


def remove_container(container: Container) -> None:
    """Kill and remove, with its unnamed volumes; fine when it has gone meanwhile."""
    try_remove(container.kill)  # removing alone would wait for the container to end by itself
    try_remove(lambda: container.remove(force=True, v=True))


def our_volumes(engine: Engine, settings: CloudSettings, mounted: set[str]) -> list[Volume]:
    """Volumes with our label, with the cloud's name before a hyphen, or held by our containers."""
    return [
        volume
        for volume in engine.client.volumes.list()
        if str(volume.name) in mounted
        or str(volume.name).startswith(f"{settings.name}-")
        or (volume.attrs.get("Labels") or {}).get(LABEL) == settings.name
    ]


def our_networks(engine: Engine, settings: CloudSettings) -> list[Network]:
    """The networks with our label."""
    return [
        network
        for network in engine.client.networks.list()
        if (network.attrs.get("Labels") or {}).get(LABEL) == settings.name
    ]


def remove_network(network: Network) -> str:
    """Remove a network nothing is in; say what is in it otherwise.

    podman would take it from under running containers and leave its rules in the kernel.
    """
    network.reload()
    inside = [str(c.get("Name", "?")) for c in (network.attrs.get("Containers") or {}).values()]
    if inside:
        return f"{network.name} (which holds {', '.join(sorted(inside))})"
    return "" if try_remove(network.remove) else str(network.name)


def remove_all(engine: Engine, settings: CloudSettings) -> Removed:
    """Remove containers, volumes and networks of this cloud.

    CloudError names what the engine would not give up.
    """
    containers = our_containers(engine, settings)
    mounted = mounted_volumes(containers)
    servers = [c for c in containers if FOLDER_LABEL in c.labels]
    for group in (servers, [c for c in containers if c not in servers]):
        with ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(remove_container, group))
    # A task that was being created while its server died.
    late = our_containers(engine, settings)
    for container in late:
        remove_container(container)
    mounted |= mounted_volumes(late)
    volumes = our_volumes(engine, settings, mounted)
    networks = our_networks(engine, settings)
    left = [str(v.name) for v in volumes if not try_remove(partial(v.remove, force=True))]
    left += [text for n in networks if (text := remove_network(n))]
    left += [str(c.name) for c in our_containers(engine, settings)]
    if left:
        raise CloudError(
            f"{engine.kind} did not remove {', '.join(left)}: run `python -m emulated stop` again, "
            "or remove them by hand."
        )
    return Removed(len(containers) + len(late), len(volumes), len(networks))


def try_remove(remove: Callable[[], None]) -> bool:
    """Call; true when it is gone afterwards."""
    try:
        remove()
    except docker.errors.NotFound:
        return True
    except docker.errors.APIError:
        return False
    return True
