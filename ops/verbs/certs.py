"""`certs`: certificates, what proves them, and until when they are valid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.names import certificates
from ops.verb import Operation, verb

if TYPE_CHECKING:
    from ops.names.certificates import Certificate, Proof

NEEDS = certificates.NEEDS


@verb("certs", short_help="certificates: validation and expiry")
def command(operation: Operation) -> int:
    """Show the certificates: names, state, expiry, renewal, and what DNS lacks for them.

    The exit code is 1 when something is wrong with one of them. Works during the first update,
    too, which waits for the certificate.
    """
    from ops.findings import count, show
    from ops.names import domain_names
    from ops.names.internet import Internet
    from ops.way_back import WayBack

    report, back, now = operation.report, WayBack(operation.stack), operation.clock.now()
    domain = domain_names.domain_of(operation)
    if not domain.names:
        report.document({"certificates": [], "findings": []})
        report.print(f"{operation.stack} has no domain, and so no certificate.")
        return 0
    clients, internet = operation.clients, Internet()
    found = certificates.read(
        clients.acm,
        clients.route53,
        internet,
        name=domain.names[0],
        zone_id=domain.zone_id,
        balancer_arn=operation.outputs.balancer_arn if domain.balancer else "",
    )
    findings = [
        *certificates.judged(found, domain.names, now, back),
        *certificates.judged_issuers(internet, domain.names),
    ]
    report.document({"certificates": found, "findings": findings})
    for each in found:
        _show(operation, each)
    show(report, [each for each in findings if each.state != "ok"])
    return 1 if count(findings, "problem") else 0


def _show(operation: Operation, certificate: Certificate) -> None:
    report, days = operation.report, certificate.days_left(operation.clock.now())
    state = certificate.status.lower().replace("_", " ")
    until = f", until {certificate.expires_at:%Y-%m-%d} ({days} days)" if days is not None else ""
    used = "the balancer's" if certificate.is_used else "not used by the balancer"
    report.print(f"{state}{until}, {used}", style="bold")
    report.print(f"  {certificate.arn}", style="dim")
    report.table(
        ["name", "ACM", "proof in the zone", "seen on the internet"],
        [
            (each.name, each.status.lower().replace("_", " "), _yes(each.is_in_zone), _seen(each))
            for each in certificate.proofs
        ],
    )


def _seen(proof: Proof) -> str:
    return "not known" if proof.is_seen is None else _yes(proof.is_seen)


def _yes(value: bool) -> str:
    return "yes" if value else "no"
