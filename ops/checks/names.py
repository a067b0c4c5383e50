"""The application's names: delegated, in the zone, and leading to the balancer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ops.checks.check import Check
from ops.checks.finding import Finding, ok
from ops.names import hosted_zone

if TYPE_CHECKING:
    from ops.checks.situation import Situation
    from ops.names.domain_names import Domain


def find(situation: Situation) -> Iterator[Finding]:
    """What `bin/ops domains` finds."""
    from ops.names import domain_names

    domain, back = domain_of(situation), situation.way_back
    if not domain.names:
        yield ok("no domain: the application answers over plain HTTP")
        return
    route53 = situation.clients.route53
    zone = hosted_zone.read(route53, situation.internet, domain.zone_id)
    yield hosted_zone.judged(zone, domain.zone_id, back)
    if zone is not None:
        for name in domain_names.read(route53, situation.internet, domain):
            yield domain_names.judged(name, domain, back)


def domain_of(situation: Situation) -> Domain:
    """Of the outputs; of the file as long as there are none."""
    from ops.names.domain_names import Domain, domain_in_file

    outputs = situation.published
    if outputs is None:
        return domain_in_file(situation.stack, situation.root)
    return Domain(
        names=outputs.domain_names, zone_id=outputs.zone_id, balancer=outputs.balancer_dns_name
    )


CHECK = Check(name="names", about="DNS", find=find, needs=hosted_zone.NEEDS, of_stack=False)
