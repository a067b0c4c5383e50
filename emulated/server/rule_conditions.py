"""What a listener's rule asks of a request, where ministack does not ask."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable


def comes_from(address: str, ranges: Iterable[str]) -> bool:
    """Whether a client's address lies in one of the ranges; one of another kind never does.

    A socket for both kinds of addresses writes the old ones as ``::ffff:192.0.2.1``.
    """
    try:
        client = ipaddress.ip_address(address)
    except ValueError:
        return False
    client = getattr(client, "ipv4_mapped", None) or client
    return any(client in ipaddress.ip_network(each, strict=False) for each in ranges)
