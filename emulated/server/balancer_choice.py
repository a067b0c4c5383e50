"""Which balancer and which listener a request means."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

# Names that ministack finds itself, and plain addresses.
KNOWN_HOSTS = re.compile(r"([0-9.]+|.*\.amazonaws\.com|.*\.localhost|[^.]+)")


def is_own_domain(name: str) -> bool:
    """Whether a host name is a user's own, and so has to be looked up."""
    return KNOWN_HOSTS.fullmatch(name) is None


def covers(certificate: Mapping[str, Any], domain: str) -> bool:
    """Whether a certificate is for a domain, by name or by wildcard."""
    names = [certificate.get("DomainName"), *(certificate.get("SubjectAlternativeNames") or [])]
    return domain in names or "*." + domain.partition(".")[2] in names


def listener_port(port: int, listeners: Collection[int]) -> int:
    """The listener that takes a request for this port.

    A page of the emulated AWS is asked for at the port of this process; that means port 80.
    """
    return 80 if port not in listeners and 80 in listeners else port
