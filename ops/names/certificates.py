"""The balancer's certificates: valid until when, for which names, and what still proves them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ops.checks.finding import Finding, ok, problem, unknown, warning
from ops.names import hosted_zone
from ops.names.internet import UnansweredError, plain
from ops.permissions import NO_RESOURCE, Need

if TYPE_CHECKING:
    from mypy_boto3_acm import ACMClient
    from mypy_boto3_route53 import Route53Client

    from ops.names.internet import Internet
    from ops.way_back import WayBack

NEEDS = (
    hosted_zone.RECORDS,
    Need(actions=("acm:ListCertificates",), because=NO_RESOURCE),
    Need(
        actions=("acm:DescribeCertificate",),
        resources=("arn:{partition}:acm:{region}:{account_id}:certificate/*",),
        because="a certificate's ARN is drawn by AWS, and another one after each change of names",
    ),
)
# ACM renews well before; what is left then is a renewal that does not come.
SOON_DAYS, LATE_DAYS = 30, 7
# Any of these in a CAA record lets ACM issue [ACM user guide, "Configure a CAA record"].
ISSUERS = frozenset({"amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"})


@dataclass(frozen=True, kw_only=True)
class Proof:
    """The CNAME by which ACM sees that a name is ours; `answer` is the internet's, None unasked."""

    name: str
    status: str
    record: str
    value: str
    is_in_zone: bool
    answer: str | None = None

    @property
    def is_seen(self) -> bool | None:
        """Whether ACM can see it."""
        return None if self.answer is None else self.answer == plain(self.value)


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """A certificate; `status`, `failure` and `renewal` are ACM's words."""

    arn: str
    names: tuple[str, ...]
    status: str
    failure: str
    expires_at: datetime | None
    renewal: str
    renewal_failure: str
    is_used: bool
    created_at: datetime | None
    proofs: tuple[Proof, ...]

    def days_left(self, now: datetime) -> int | None:
        """Whole days until it expires."""
        return (self.expires_at - now).days if self.expires_at else None


def read(
    acm: ACMClient,
    route53: Route53Client,
    internet: Internet,
    *,
    name: str,
    zone_id: str,
    balancer_arn: str,
) -> list[Certificate]:
    """Certificates for a name: what the balancer uses first; those unused only without one."""
    pages = acm.get_paginator("list_certificates").paginate()
    arns = [
        each["CertificateArn"]
        for page in pages
        for each in page["CertificateSummaryList"]
        if each.get("DomainName") == name
    ]
    found = [acm.describe_certificate(CertificateArn=arn)["Certificate"] for arn in arns]
    used = [each for each in found if balancer_arn and balancer_arn in each.get("InUseBy", ())]
    waiting = [each for each in found if each.get("Status") == "PENDING_VALIDATION"]
    chosen = {each["CertificateArn"]: each for each in ((*used, *waiting) if used else found)}
    return [_read(each, route53, internet, zone_id, balancer_arn) for each in chosen.values()]


def _read(
    found: Any, route53: Route53Client, internet: Internet, zone_id: str, balancer_arn: str
) -> Certificate:
    summary = found.get("RenewalSummary", {})
    return Certificate(
        arn=found["CertificateArn"],
        names=tuple(found.get("SubjectAlternativeNames") or [found["DomainName"]]),
        status=found.get("Status", ""),
        failure=found.get("FailureReason", ""),
        expires_at=found.get("NotAfter"),
        renewal=summary.get("RenewalStatus", ""),
        renewal_failure=summary.get("RenewalStatusReason", ""),
        is_used=bool(balancer_arn) and balancer_arn in found.get("InUseBy", ()),
        created_at=found.get("CreatedAt"),
        proofs=tuple(
            _proof(each, route53, internet, zone_id)
            for each in found.get("DomainValidationOptions", ())
            if "ResourceRecord" in each
        ),
    )


def _proof(option: Any, route53: Route53Client, internet: Internet, zone_id: str) -> Proof:
    wanted = option["ResourceRecord"]
    record = hosted_zone.record_of(route53, zone_id, wanted["Name"], "CNAME")
    values = (
        {plain(each["Value"]) for each in record.get("ResourceRecords", ())} if record else set()
    )
    try:
        answer: str | None = internet.alias(plain(wanted["Name"]))
    except UnansweredError as error:
        answer = "" if error.is_refused else None
    return Proof(
        name=option["DomainName"],
        status=option.get("ValidationStatus", ""),
        record=plain(wanted["Name"]),
        value=plain(wanted["Value"]),
        is_in_zone=plain(wanted["Value"]) in values,
        answer=answer,
    )


def judged(
    certificates: Sequence[Certificate], names: Sequence[str], now: datetime, back: WayBack
) -> Iterator[Finding]:
    """Whether browsers accept the names now and will go on doing so."""
    if not certificates:
        yield problem(f"ACM has no certificate for {names[0]}", f"{back.up} asks for one")
        return
    for each in certificates:
        yield _judged_state(each, now, back)
        yield from _judged_proofs(each, back)
        missing = sorted(set(names) - set(each.names))
        if missing:
            yield problem(
                f"the certificate does not name {', '.join(missing)}: browsers refuse it there",
                f"{back.up} asks for one that does",
            )


def _judged_state(certificate: Certificate, now: datetime, back: WayBack) -> Finding:
    named = ", ".join(certificate.names)
    if certificate.status == "PENDING_VALIDATION":
        return problem(
            f"the certificate for {named} waits for its proof in DNS",
            "See below what DNS lacks; with all of it there ACM takes some minutes",
        )
    if certificate.status != "ISSUED":
        return problem(
            f"the certificate for {named} is {_words(certificate.status)}"
            + (f": {certificate.failure}" if certificate.failure else ""),
            _remedy_of(certificate, back),
        )
    return _judged_time(certificate, named, now, back)


def _judged_time(certificate: Certificate, named: str, now: datetime, back: WayBack) -> Finding:
    days = certificate.days_left(now)
    if days is None:
        return unknown(f"when the certificate for {named} expires is not known")
    until = f"the certificate for {named} is valid for {days} days"
    if certificate.renewal in {"PENDING_VALIDATION", "FAILED"}:
        why = certificate.renewal_failure or _words(certificate.renewal)
        judge = problem if days < SOON_DAYS else warning
        return judge(f"{until}, and ACM could not renew it: {why}", "See below what DNS lacks")
    if not certificate.is_used:
        return warning(f"{until}, but the balancer does not use it", f"{back.up} puts it there")
    if days < LATE_DAYS:
        return problem(f"{until}: ACM has not renewed it", _BY_SUPPORT)
    if days < SOON_DAYS:
        return warning(f"{until}: ACM should have renewed it by now", _BY_SUPPORT)
    return ok(until)


_BY_SUPPORT = (
    "See below what DNS lacks. If it lacks nothing: `aws acm describe-certificate` shows ACM's "
    "reason, and AWS Support helps"
)


def _judged_proofs(certificate: Certificate, back: WayBack) -> Iterator[Finding]:
    for proof in certificate.proofs:
        wanted = f"{proof.record} CNAME {proof.value}"
        if not proof.is_in_zone:
            yield problem(
                f"the proof for {proof.name} is not in its zone, and without it ACM neither "
                "issues nor renews",
                f"{back.refresh} make it anew, or by hand: {wanted}",
            )
        elif proof.is_seen is False:
            yield problem(
                f"the proof for {proof.name} is in its zone, but the internet does not see it",
                "Delegate the zone: `bin/ops domains` says to which servers",
            )


def judged_issuers(internet: Internet, names: Sequence[str]) -> Iterator[Finding]:
    """Whether somebody has forbidden AWS to issue certificates for the names."""
    for name in names:
        try:
            allowed = internet.issuers(name)
        except UnansweredError:
            continue
        if allowed is not None and not allowed & ISSUERS:
            yield problem(
                f"a CAA record lets only {', '.join(sorted(allowed)) or 'nobody'} issue "
                f"certificates for {name}",
                'Add beside it: CAA 0 issue "amazon.com"',
            )


def _words(status: str) -> str:
    return status.lower().replace("_", " ")


def _remedy_of(certificate: Certificate, back: WayBack) -> str:
    if certificate.failure == "DOMAIN_NOT_ALLOWED":
        return "ACM issues for this domain only with AWS Support's consent: ask them"
    first = (
        'Add the record CAA 0 issue "amazon.com" to the zone. '
        if certificate.failure == "CAA_ERROR"
        else ""
    )
    return (
        f"{first}Such a certificate stays as it is: "
        f"`aws acm delete-certificate --certificate-arn {certificate.arn}`, then {back.refresh} "
        "ask anew"
    )
