"""What the account may have at most, against what the stack needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ops.checks.check import Check
from ops.checks.finding import Finding, ok, problem, unknown, warning
from ops.permissions import NO_RESOURCE, Need

if TYPE_CHECKING:
    from mypy_boto3_service_quotas.type_defs import ServiceQuotaTypeDef

    from infra.settings import Settings
    from ops.checks.situation import Situation

NEEDS = (
    Need(
        actions=(
            "cloudwatch:GetMetricData",
            "ec2:DescribeAddresses",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeVpcs",
            "servicequotas:GetServiceQuota",
        ),
        because=NO_RESOURCE,
    ),
)
# Service and code of each [Service Quotas console].
FARGATE, FARGATE_SPOT = ("fargate", "L-3032A538"), ("fargate", "L-36FBB829")
ADDRESSES, NETWORKS = ("ec2", "L-0263D0A3"), ("vpc", "L-F678F1CE")
INTERFACES = ("vpc", "L-DF5E4CA3")
VCPU_UNITS = 1024
# A rollout runs every task twice.
ROLLOUT = 2
NEARLY = 0.9
USAGE_SPAN = timedelta(hours=1)


def find(situation: Situation) -> Iterator[Finding]:
    """Processors for all tasks during a rollout, addresses, networks, network interfaces."""
    settings = situation.settings
    if settings is None:
        yield unknown("what the stack needs is not known: the settings cannot be read")
    else:
        for spot, need in _vcpus(settings).items():
            if need.most:
                yield from _processors(situation, spot=spot, need=need)
        yield from _addresses(situation, settings)
    if situation.published is None:
        yield from _networks(situation)
    yield from _interfaces(situation)


@dataclass(frozen=True, kw_only=True)
class _Vcpus:
    """What a rollout needs with the least and the most tasks, and what runs all the time."""

    least: float
    most: float
    always: float


def _vcpus(settings: Settings) -> dict[bool, _Vcpus]:
    """What is needed on Spot (True) and elsewhere, where the release task runs, too."""
    service, scaling, release = settings.service, settings.autoscaling, settings.release
    rows = [(service.spot, service.cpu_units, scaling.min_tasks, scaling.max_tasks)]
    rows += [
        (each.spot, each.cpu_units, each.min_tasks, each.max_tasks)
        for each in settings.processes.values()
    ]
    found = {}
    for spot in (True, False):
        own = [
            (units / VCPU_UNITS, least, most) for kind, units, least, most in rows if kind is spot
        ]
        once = 0.0 if spot else release.cpu_units / VCPU_UNITS
        always = sum(size * least for size, least, _ in own)
        found[spot] = _Vcpus(
            least=once + ROLLOUT * always,
            most=once + ROLLOUT * sum(size * most for size, _, most in own),
            always=always,
        )
    return found


def _processors(situation: Situation, *, spot: bool, need: _Vcpus) -> Iterator[Finding]:
    kind = "Fargate Spot" if spot else "Fargate"
    quota = _quota(situation, FARGATE_SPOT if spot else FARGATE)
    if quota is None:
        yield unknown(f"how many vCPU of {kind} the account may have is not known")
        return
    limit, used = quota.get("Value", 0.0), _used(situation, quota)
    said = f"{kind}: {limit:g} vCPU allowed" + ("" if used is None else f", {used:g} in use")
    # What is in use counts the stack's own tasks, of which a rollout replaces each.
    own = need.always if situation.published else 0.0
    left = limit - max((used or 0.0) - own, 0.0)
    more = _more(situation, FARGATE_SPOT if spot else FARGATE)
    if need.least > left:
        yield problem(
            f"{said}; a rollout needs {need.least:g}{_running(own, used)}, and its tasks will not "
            "start",
            more,
        )
    elif need.most > left:
        yield warning(
            f"{said}; a rollout with all tasks that the settings allow needs "
            f"{need.most:g}{_running(own, used)}",
            more,
        )
    else:
        yield ok(f"{said}, {need.most:g} needed at most")


def _running(own: float, used: float | None) -> str:
    """How much of what is needed is in use already."""
    return f" ({min(own, used):g} of them run already)" if own and used else ""


def _used(situation: Situation, quota: ServiceQuotaTypeDef) -> float | None:
    """What AWS counts itself; None where it does not."""
    from ops import metrics
    from ops.metrics import Metric

    usage = quota.get("UsageMetric")
    if not usage:
        return None
    metric = Metric(
        namespace=usage.get("MetricNamespace", ""),
        name=usage.get("MetricName", ""),
        dimensions=usage.get("MetricDimensions", {}),
        statistic=usage.get("MetricStatisticRecommendation", "Maximum"),
        period_seconds=300,
    )
    found = metrics.read(situation.clients.cloudwatch, {"used": metric}, USAGE_SPAN, situation.now)
    return next(iter(found["used"]), None)


def _addresses(situation: Situation, settings: Settings) -> Iterator[Finding]:
    """Each NAT gateway has an address that stays."""
    network = settings.network
    wanted = {"none": 0, "nat-gateway": 1, "nat-gateway-per-zone": len(network.zones)}
    listed = situation.clients.ec2.describe_addresses()["Addresses"]
    own = sum(_is_own(each, situation) for each in listed)
    yield from _counted(
        situation, ADDRESSES, "elastic addresses", len(listed), wanted[network.egress] - own
    )


def _is_own(resource: dict[str, Any], situation: Situation) -> bool:
    tags = {each["Key"]: each["Value"] for each in resource.get("Tags", ())}
    return situation.place.tags.items() <= tags.items()


def _networks(situation: Situation) -> Iterator[Finding]:
    """A stack that is not up yet needs a VPC of its own, of which an account has five."""
    listed = situation.clients.ec2.describe_vpcs()["Vpcs"]
    own = any(_is_own(each, situation) for each in listed)
    yield from _counted(situation, NETWORKS, "VPCs", len(listed), 0 if own else 1)


def _interfaces(situation: Situation) -> Iterator[Finding]:
    """Each task has one."""
    pages = situation.clients.ec2.get_paginator("describe_network_interfaces").paginate()
    used = sum(len(page["NetworkInterfaces"]) for page in pages)
    yield from _counted(situation, INTERFACES, "network interfaces", used, None)


def _counted(
    situation: Situation, place: tuple[str, str], what: str, used: int, wanted: int | None
) -> Iterator[Finding]:
    """So many are used; the stack needs so many more, None: some, now and then."""
    quota = _quota(situation, place)
    if quota is None:
        yield unknown(f"how many {what} the account may have is not known")
        return
    limit = quota.get("Value", 0.0)
    said = f"{used} of {limit:g} {what} in use"
    if wanted is None and used > limit * NEARLY:
        yield warning(f"{said}: hardly any is left", _more(situation, place))
    elif wanted and wanted > 0 and used + wanted > limit:
        yield problem(f"{said}, and the stack needs {wanted} more", _more(situation, place))
    else:
        yield ok(said)


def _quota(situation: Situation, place: tuple[str, str]) -> ServiceQuotaTypeDef | None:
    """The account's own value; None where AWS knows no such quota."""
    quotas = situation.clients.quotas
    try:
        return quotas.get_service_quota(ServiceCode=place[0], QuotaCode=place[1])["Quota"]
    except quotas.exceptions.NoSuchResourceException:
        return None


def _more(situation: Situation, place: tuple[str, str]) -> str:
    return (
        "Ask AWS for more, which may take a day: `aws service-quotas "
        f"request-service-quota-increase --region {situation.place.access.region} "
        f"--service-code {place[0]} --quota-code {place[1]} --desired-value NUMBER`"
    )


CHECK = Check(name="quotas", about="limits of the account", find=find, needs=NEEDS, of_stack=False)
