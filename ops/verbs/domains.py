"""`domains`: the names of the application, and what DNS still lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.names import hosted_zone
from ops.verb import Operation, verb

if TYPE_CHECKING:
    from ops.names.domain_names import Domain, Name
    from ops.names.hosted_zone import Zone

NEEDS = hosted_zone.NEEDS


@verb("domains", short_help="names, and what DNS still lacks")
def command(operation: Operation) -> int:
    """Show the application's names: where they lead, and what DNS still lacks.

    The exit code is 1 when something is wrong with one of them. Works before the first update,
    too: the file then says what is wanted.
    """
    from ops.findings import count, show
    from ops.names import domain_names
    from ops.names.internet import Internet
    from ops.way_back import WayBack

    report, back = operation.report, WayBack(operation.stack)
    domain = domain_names.domain_of(operation)
    if not domain.names:
        report.document({"zone": None, "names": [], "findings": []})
        report.print(
            f"{operation.stack} has no domain: it answers over plain HTTP by the balancer's own "
            f"name. Write one under `domain:` in {back.file_name}, then {back.up}."
        )
        return 0
    route53, internet = operation.clients.route53, Internet()
    zone = hosted_zone.read(route53, internet, domain.zone_id)
    names = domain_names.read(route53, internet, domain) if zone else []
    findings = [
        hosted_zone.judged(zone, domain.zone_id, back),
        *(domain_names.judged(each, domain, back) for each in names),
    ]
    report.document({"zone": zone, "names": names, "findings": findings})
    _show_names(operation, domain, zone, names)
    # What is well is in the table already.
    show(report, [*findings[:1], *(each for each in findings[1:] if each.state != "ok")])
    return 1 if count(findings, "problem") else 0


def _show_names(operation: Operation, domain: Domain, zone: Zone | None, names: list[Name]) -> None:
    report = operation.report
    report.print(f"zone {zone.name if zone else '?'} ({domain.zone_id})", style="bold")
    report.table(
        ["name", "in the zone", "the internet answers"],
        [(each.name, _record(each), _answer(each)) for each in names],
    )


def _record(name: Name) -> str:
    if not name.leads_to:
        return "nothing"
    return "the balancer" if name.is_right else name.leads_to


def _answer(name: Name) -> str:
    if name.reaches_balancer:
        return "the balancer"
    return ", ".join(sorted(name.addresses)) or name.trouble or "nothing"
