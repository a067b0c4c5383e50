"""The balancer's certificate: valid, for every name, and renewed in time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ops.checks.check import Check
from ops.checks.finding import Finding, ok
from ops.checks.names import domain_of
from ops.names import certificates

if TYPE_CHECKING:
    from ops.checks.situation import Situation


def find(situation: Situation) -> Iterator[Finding]:
    """What `bin/ops certs` finds."""
    domain, clients, outputs = domain_of(situation), situation.clients, situation.published
    if not domain.names:
        yield ok("no domain, and so no certificate")
        return
    found = certificates.read(
        clients.acm,
        clients.route53,
        situation.internet,
        name=domain.names[0],
        zone_id=domain.zone_id,
        balancer_arn=outputs.balancer_arn if outputs else "",
    )
    yield from certificates.judged(found, domain.names, situation.now, situation.way_back)
    yield from certificates.judged_issuers(situation.internet, domain.names)


CHECK = Check(
    name="certificates",
    about="validity and renewal",
    find=find,
    needs=certificates.NEEDS,
    of_stack=False,
)
