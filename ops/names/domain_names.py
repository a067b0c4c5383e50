"""The application's names: what the zone says of them, and what the internet answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ops.checks.finding import Finding, ok, problem, unknown
from ops.names import hosted_zone
from ops.names.internet import UnansweredError, plain

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client

    from ops.names.internet import Internet
    from ops.verb import Operation
    from ops.way_back import WayBack

# What a balancer's name may begin with in an alias [Route 53 developer guide, "Values specific
# for simple alias records"].
_DUAL_STACK = "dualstack."


@dataclass(frozen=True, kw_only=True)
class Domain:
    """What the names are and where they should lead; without `balancer` nothing was brought up."""

    names: Sequence[str]
    zone_id: str
    balancer: str = ""


@dataclass(frozen=True, kw_only=True)
class Name:
    """A name: `leads_to` is what its record in the zone says, empty when there is none.

    `addresses` are the internet's answer, `reaches_balancer` whether they are the balancer's:
    None when one of the two is not known, for which `trouble` gives the reason.
    """

    name: str
    leads_to: str
    is_right: bool
    addresses: frozenset[str] = frozenset()
    reaches_balancer: bool | None = None
    trouble: str = ""


def domain_of(operation: Operation) -> Domain:
    """Of the stack's outputs; of its file alone as long as nothing was brought up."""
    from ops.outputs import StackMissingError

    try:
        outputs = operation.outputs
    except StackMissingError:
        return domain_in_file(operation.stack, operation.root)
    return Domain(
        names=outputs.domain_names, zone_id=outputs.zone_id, balancer=outputs.balancer_dns_name
    )


def domain_in_file(stack: str, root: Path) -> Domain:
    """The names that the stack's file asks for."""
    from infra.stack_files import read_stack

    section = read_stack(stack, root).get("domain") or {}
    names = (section.get("name"), *section.get("further-names", ()))
    return Domain(names=[str(each) for each in names if each], zone_id=section.get("zone-id", ""))


def read(route53: Route53Client, internet: Internet, domain: Domain) -> list[Name]:
    """What is known of each name."""
    balancer, trouble = frozenset[str](), ""
    try:
        balancer = internet.addresses(domain.balancer) if domain.balancer else frozenset()
    except UnansweredError as error:
        trouble = str(error)
    return [_read(route53, internet, domain, each, balancer, trouble) for each in domain.names]


def _read(
    route53: Route53Client,
    internet: Internet,
    domain: Domain,
    name: str,
    balancer: frozenset[str],
    trouble: str,
) -> Name:
    leads_to = _leads_to(route53, domain.zone_id, name)
    addresses = frozenset[str]()
    try:
        addresses = internet.addresses(name)
    except UnansweredError as error:
        trouble = str(error)
    return Name(
        name=name,
        leads_to=leads_to,
        is_right=bool(leads_to) and leads_to == plain(domain.balancer),
        addresses=addresses,
        # Behind a balancer's name are a few addresses that change: one of them is enough.
        reaches_balancer=bool(addresses & balancer) if balancer and not trouble else None,
        trouble=trouble,
    )


def _leads_to(route53: Route53Client, zone_id: str, name: str) -> str:
    record = hosted_zone.record_of(route53, zone_id, name, "A")
    if record is None:
        return ""
    alias = record.get("AliasTarget")
    if alias:
        return plain(alias["DNSName"]).removeprefix(_DUAL_STACK)
    return ", ".join(each["Value"] for each in record.get("ResourceRecords", ()))


def judged(name: Name, domain: Domain, back: WayBack) -> Finding:
    """Whether visitors come to the balancer by this name, and what DNS lacks for it."""
    again = f"{back.refresh} make the record anew"
    if not domain.balancer:
        return unknown(f"{name.name} has nothing to lead to yet: the stack is not up")
    if not name.leads_to:
        return problem(f"{name.name} has no A record in its zone", again)
    if not name.is_right:
        return problem(
            f"{name.name} leads to {name.leads_to}, not to the balancer ({domain.balancer})", again
        )
    if name.trouble or name.reaches_balancer is None:
        why = name.trouble or "the balancer's own name has no address here"
        return unknown(f"{name.name} is right in its zone; what the internet answers: {why}")
    if name.reaches_balancer:
        return ok(f"{name.name} leads to the balancer")
    answer = ", ".join(sorted(name.addresses)) or "no address"
    return problem(
        f"{name.name} is right in its zone, but the internet answers {answer}",
        "If its zone is delegated: wait a few minutes, until caches have forgotten the answer "
        "before. Else delegate it first",
    )
