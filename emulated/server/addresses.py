"""Addresses of tasks and databases in their networks."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection

# Databases have the addresses from the top of the network down, tasks those from the bottom up.
DATABASE_ADDRESSES = 60
# The first four addresses of a subnet, and the last one, belong to AWS.
# https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
RESERVED_ADDRESSES = 4


def free_address(subnet: str, used: Collection[str]) -> str:
    """The highest address of a subnet that no database has; RuntimeError when all are taken."""
    hosts = list(ipaddress.ip_network(subnet).hosts())
    for host in hosts[-2:-DATABASE_ADDRESSES:-1]:
        if str(host) not in used:
            return str(host)
    raise RuntimeError(f"no address left for a database in {subnet}: delete one first")


def hardware_address(address: str) -> str:
    """The same hardware address for the same address: neighbours remember it for half a minute."""
    return "02:42:" + ":".join(f"{int(part):02x}" for part in address.split("."))


def address_in(cidr: str, number: int) -> str:
    """The address with this number in a subnet, beginning anew at its end."""
    network = ipaddress.ip_network(cidr)
    usable = network.num_addresses - RESERVED_ADDRESSES - 1
    return str(network[RESERVED_ADDRESSES + number % usable])
