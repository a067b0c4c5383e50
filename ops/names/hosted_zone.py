"""The Route 53 zone that holds the stack's names, and whether the internet asks it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ops.checks.finding import Finding, ok, problem, unknown, warning
from ops.names.internet import UnansweredError, plain
from ops.permissions import Need

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client
    from mypy_boto3_route53.literals import RRTypeType
    from mypy_boto3_route53.type_defs import ResourceRecordSetOutputTypeDef

    from ops.names.internet import Internet
    from ops.way_back import WayBack

_ZONE = "arn:{partition}:route53:::hostedzone/{zone_id}"
RECORDS = Need(actions=("route53:ListResourceRecordSets",), resources=(_ZONE,))
NEEDS = (RECORDS, Need(actions=("route53:GetHostedZone",), resources=(_ZONE,)))


@dataclass(frozen=True, kw_only=True)
class Zone:
    """A zone: `servers` are its own, `delegated_to` those that the internet asks.

    `trouble` is why the internet gave no answer, `is_refused` that the asked servers refused one.
    """

    id: str
    name: str
    servers: frozenset[str]
    is_private: bool = False
    delegated_to: frozenset[str] = frozenset()
    trouble: str = ""
    is_refused: bool = False


def read(route53: Route53Client, internet: Internet, zone_id: str) -> Zone | None:
    """The zone; None when there is none of that id."""
    try:
        found = route53.get_hosted_zone(Id=zone_id)
    except route53.exceptions.NoSuchHostedZone:
        return None
    name = plain(found["HostedZone"]["Name"])
    trouble, is_refused, delegated_to = "", False, frozenset[str]()
    try:
        delegated_to = internet.name_servers(name)
    except UnansweredError as error:
        trouble, is_refused = str(error), error.is_refused
    return Zone(
        id=zone_id,
        name=name,
        servers=frozenset(map(plain, found.get("DelegationSet", {}).get("NameServers", []))),
        is_private=bool(found["HostedZone"].get("Config", {}).get("PrivateZone")),
        delegated_to=delegated_to,
        trouble=trouble,
        is_refused=is_refused,
    )


def record_of(
    route53: Route53Client, zone_id: str, name: str, kind: RRTypeType
) -> ResourceRecordSetOutputTypeDef | None:
    """The zone's record of that name and kind."""
    answer = route53.list_resource_record_sets(
        HostedZoneId=zone_id, StartRecordName=name, StartRecordType=kind, MaxItems="1"
    )
    return next(
        (
            each
            for each in answer["ResourceRecordSets"]
            if plain(each["Name"]) == plain(name) and each["Type"] == kind
        ),
        None,
    )


def judged(zone: Zone | None, zone_id: str, back: WayBack) -> Finding:
    """Whether the internet asks this zone for the stack's names."""
    if zone is None:
        return problem(
            f"Route 53 has no zone {zone_id}",
            f"Write the right zone-id under `domain:` in {back.file_name}: "
            "`aws route53 list-hosted-zones` names them",
        )
    if zone.is_private:
        return problem(
            f"the zone {zone.name} ({zone.id}) is private: nobody on the internet asks it",
            f"Write the id of the public zone under `domain:` in {back.file_name}",
        )
    if zone.trouble and not zone.is_refused:
        return unknown(f"whether {zone.name} is delegated is not known: {zone.trouble}")
    return _judged_delegation(zone)


def _judged_delegation(zone: Zone) -> Finding:
    enter = (
        f"Where {zone.name} is registered (or in the zone above it), enter these name servers and "
        f"no others: {', '.join(sorted(zone.servers))}"
    )
    if zone.is_refused:
        return problem(
            f"{zone.name} is delegated to servers that do not know it",
            f"{enter}. If these are the ones: switch DNSSEC off there until the zone is signed",
        )
    if not zone.delegated_to:
        return problem(f"{zone.name} is not delegated: the internet knows no such zone", enter)
    known = ", ".join(sorted(zone.delegated_to))
    if not zone.delegated_to & zone.servers:
        return problem(f"{zone.name} is delegated to {known}, not to the stack's zone", enter)
    if zone.delegated_to != zone.servers:
        return warning(f"{zone.name} is delegated to {known}, which is not exactly its own", enter)
    return ok(f"{zone.name} is delegated to this zone ({zone.id})")
