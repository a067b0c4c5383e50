"""The network that the servers, the tasks and the databases share."""

from __future__ import annotations

from ipaddress import ip_network

from docker.models.networks import Network
from docker.types import IPAMConfig, IPAMPool

from emulated.engine import Engine
from emulated.problems import CloudError
from emulated.settings import FOLDER_LABEL, LABEL, CloudSettings

# AWS SDKs in a container of ECS ask 169.254.170.2 for credentials. As a neighbour in their own
# network every engine lets them: no address on this machine, no route, no privileges.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
SUBNET = "169.254.170.0/24"
ENGINE_ADDRESS = "169.254.170.1"
CREDENTIALS_ADDRESS = "169.254.170.2"
AWS_ADDRESS = "169.254.170.3"
MOTO_ADDRESS = "169.254.170.4"
# Tasks get addresses from the lower half; databases have fixed ones at the top.
TASK_RANGE = "169.254.170.0/25"


def check_network(engine: Engine, settings: CloudSettings) -> None:
    """CloudError when a network of somebody else holds the addresses."""
    for network in engine.client.networks.list():
        labels = network.attrs.get("Labels") or {}
        if labels.get(LABEL) == settings.name:
            continue
        if any(overlaps(subnet) for subnet in subnets(network)):
            owner = labels.get(FOLDER_LABEL)
            remedy = (
                f"`python -m emulated stop` in {owner} frees it"
                if owner
                else f"`docker network rm {network.name}` (or podman) frees it when nothing uses it"
            )
            raise CloudError(
                f"The network {network.name} of {engine.kind} already has the addresses {SUBNET}, "
                "at which tasks look for their credentials; "
                f"one machine can run one such cloud: {remedy}."
            )


def subnets(network: Network) -> list[str]:
    """The address ranges of a network."""
    configs = (network.attrs.get("IPAM") or {}).get("Config") or []
    return [str(c["Subnet"]) for c in configs if c.get("Subnet")]


def overlaps(subnet: str) -> bool:
    """True when a range holds an address of ours; an IPv6 range never does."""
    other = ip_network(subnet, strict=False)
    return other.version == 4 and ip_network(SUBNET).overlaps(other)


def create_network(engine: Engine, settings: CloudSettings) -> None:
    """Make the network, labelled."""
    pool = IPAMPool(subnet=SUBNET, iprange=TASK_RANGE, gateway=ENGINE_ADDRESS)
    engine.client.networks.create(
        settings.name,
        driver="bridge",
        ipam=IPAMConfig(pool_configs=[pool]),
        labels={LABEL: settings.name, FOLDER_LABEL: str(settings.folder)},
    )
