"""The address plan: which range each subnet has, for ever."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

from infra.naming import zone_letter

ZONE_LETTERS = "abcdefgh"
# Tier -> (first eighth of the range, eighths taken). Half private, a quarter public, an eighth for
# databases; the last eighth stays free for what comes later.
TIERS: dict[str, tuple[int, int]] = {"private": (0, 4), "public": (4, 2), "database": (6, 1)}


@dataclass(frozen=True)
class PlannedSubnet:
    """One row of the plan: tier, zone and the range of addresses."""

    tier: str
    zone: str
    cidr: str

    @property
    def key(self) -> str:
        """Identity of the subnet within the stack: `private-a`."""
        return f"{self.tier}-{zone_letter(self.zone)}"


def plan(vpc_cidr: str, zones: Sequence[str]) -> tuple[PlannedSubnet, ...]:
    """One row per tier and zone.

    A zone's slot follows from its letter alone, so adding, removing or reordering zones never
    moves another subnet: each tier has eight slots, one for each letter from a to h.
    """
    eighths = list(IPv4Network(vpc_cidr).subnets(prefixlen_diff=3))
    rows = []
    for tier, (first, count) in TIERS.items():
        block = eighths[first].supernet(
            new_prefix=eighths[first].prefixlen - (count - 1).bit_length()
        )
        slots = list(block.subnets(prefixlen_diff=3))
        rows += [
            PlannedSubnet(tier, zone, str(slots[ZONE_LETTERS.index(zone_letter(zone))]))
            for zone in zones
        ]
    return tuple(rows)
