"""What must hold between settings; each rule names, by its parameters, the settings it needs."""

import difflib
import inspect
from collections.abc import Callable, Iterator, Mapping
from ipaddress import IPv4Network
from typing import Any

from infra import aws_endpoints as endpoints
from infra import checks, sections
from infra.backing_rules import BACKING_RULES
from infra.backup_rules import BACKUP_RULES
from infra.naming import PREFIX_MAX, PULUMI_SUFFIX, prefix
from infra.problems import Problem, RejectedError
from infra.process_rules import PROCESS_RULES
from infra.safety_rules import SAFETY_RULES
from infra.sections import Autoscaling, Balancer, Network, Service

# The web server ends its worker that long before SIGKILL comes.
SERVER_END_SECONDS = 5

Rule = Callable[..., Iterator[Problem]]


def broken(parts: Mapping[str, Any]) -> list[Problem]:
    """Problems of every rule whose settings are all there, by field name."""
    found: list[Problem] = []
    for rule in RULES:
        wanted = inspect.signature(rule).parameters
        if all(name in parts for name in wanted):
            found += rule(**{name: parts[name] for name in wanted})
    return found


def names_fit(app_name: str, stage: str) -> Iterator[Problem]:
    """The prefix leaves room for a role and Pulumi's suffix in AWS's shortest names."""
    name = prefix(app_name, stage)
    if len(name) > PREFIX_MAX:
        key, text, other = ("app-name", app_name, stage)
        if len(stage) > PREFIX_MAX // 2:
            key, text, other = ("stage", stage, app_name)
        room = max(PREFIX_MAX - len(other) - 1, PREFIX_MAX // 2 - 1)
        yield Problem(
            key,
            f'"{text}" ({name} has {len(name)} characters)',
            f"app-name and stage together may have {PREFIX_MAX} with their hyphen, as balancer "
            f"names have 32 and Pulumi adds {PULUMI_SUFFIX}",
            f'"{text[:room].rstrip("-")}"',
        )
    # ELB API, CreateLoadBalancer: such names are AWS's own.
    if name.startswith("internal-"):
        yield Problem(
            "app-name",
            f'"{app_name}"',
            "names that do not begin with internal- are allowed",
            '"app"',
        )


def endpoints_are_known(aws_endpoints: Mapping[str, str]) -> Iterator[Problem]:
    """Other addresses than AWS's name services that are called, and cover all of them."""
    for name in endpoints.unknown(aws_endpoints):
        near = difflib.get_close_matches(name, endpoints.SERVICES, n=1)
        yield Problem(
            f"aws-endpoints.{name}",
            f'"{aws_endpoints[name]}"',
            f"{', '.join(sorted(endpoints.SERVICES))} and default are allowed",
            f"{near[0]} instead of {name}" if near else f"nothing: remove {name}",
        )
    if aws_endpoints and endpoints.DEFAULT not in aws_endpoints:
        yield Problem(
            "aws-endpoints.default",
            "nothing",
            "an address for all other services is needed, else they would be AWS's own",
            "http://127.0.0.1:4566",
        )


def zones_are_of_the_region(region: str, network: Network) -> Iterator[Problem]:
    """Zones are distinct and lie in the stack's region."""
    for zone in network.zones:
        if zone[:-1] != region:
            yield Problem(
                "network.zones", f'"{zone}"', f"zones of {region} are allowed", f"{region}a"
            )
    if len(set(network.zones)) < len(network.zones):
        wanted = ", ".join(dict.fromkeys(network.zones))
        yield Problem("network.zones", "a zone twice", "each zone once is allowed", wanted)


def ranges_are_apart(network: Network) -> Iterator[Problem]:
    """The VPC's range overlaps none of the networks it may be connected to."""
    for other in network.peer_cidrs:
        if IPv4Network(other).overlaps(IPv4Network(network.cidr)):
            yield Problem(
                "network.cidr",
                f'"{network.cidr}"',
                f"a range that does not overlap {other} is allowed",
                _free_range(network),
            )


def _free_range(network: Network) -> str:
    taken = [IPv4Network(other) for other in (*network.peer_cidrs, str(checks.DOCKER_RANGE))]
    size = IPv4Network(network.cidr).prefixlen
    candidates = (
        candidate
        for private in checks.PRIVATE_RANGES
        for candidate in private.subnets(new_prefix=size)
    )
    return str(next(c for c in candidates if not any(c.overlaps(other) for other in taken)))


def task_size_exists(service: Service) -> Iterator[Problem]:
    """CPU and memory are a pair that Fargate offers."""
    try:
        checks.fargate_pair(service.cpu_units, service.memory_mib)
    except RejectedError as refusal:
        yield Problem("service.memory-mib", str(service.memory_mib), refusal.allowed, refusal.write)


def task_counts_fit(autoscaling: Autoscaling) -> Iterator[Problem]:
    """Minimum and maximum are in order, also in scheduled actions of distinct names."""
    limits: list[tuple[str, sections.Autoscaling | sections.ScheduledScaling]] = [
        ("autoscaling", autoscaling)
    ]
    limits += [(f"autoscaling.schedule.{i}", item) for i, item in enumerate(autoscaling.schedule)]
    for key, limit in limits:
        if limit.min_tasks > limit.max_tasks:
            yield Problem(
                f"{key}.min-tasks",
                str(limit.min_tasks),
                f"at most max-tasks ({limit.max_tasks}) is allowed",
                str(limit.max_tasks),
            )
    for key, limit in limits[1:]:
        if limit.max_tasks > autoscaling.max_tasks:
            yield Problem(
                f"{key}.max-tasks",
                str(limit.max_tasks),
                f"at most autoscaling.max-tasks ({autoscaling.max_tasks}) is allowed, "
                "as the database's connections are counted by it",
                str(autoscaling.max_tasks),
            )
    if autoscaling.schedule and autoscaling.min_tasks == autoscaling.max_tasks:
        yield Problem(
            "autoscaling.max-tasks",
            str(autoscaling.max_tasks),
            f"more than min-tasks ({autoscaling.min_tasks}) is allowed with a schedule, "
            "as nothing is scaled otherwise",
            str(autoscaling.min_tasks + 1),
        )
    yield from _distinct("autoscaling.schedule", [item.name for item in autoscaling.schedule])


def _distinct(key: str, names: list[str]) -> Iterator[Problem]:
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Problem(f"{key}.name", f'"{name}" twice', "each name once is allowed", f"{name}-2")


def health_arithmetic(balancer: Balancer, service: Service) -> Iterator[Problem]:
    """The numbers of health checks, draining and stopping work together."""
    interval, timeout = balancer.health_interval_seconds, balancer.health_timeout_seconds
    if timeout >= interval:
        yield Problem(
            "balancer.health-timeout-seconds",
            str(timeout),
            f"less than health-interval-seconds ({interval}) is allowed",
            str(max(2, interval - 1)),
        )
    needed = interval * balancer.unhealthy_threshold
    if service.grace_seconds < needed:
        yield Problem(
            "service.grace-seconds",
            str(service.grace_seconds),
            f"interval x unhealthy-threshold ({needed}) or more is allowed, "
            "else a task that is still starting is stopped",
            str(needed),
        )
    if service.longest_request_seconds > balancer.drain_seconds:
        yield Problem(
            "balancer.drain-seconds",
            str(balancer.drain_seconds),
            f"service.longest-request-seconds ({service.longest_request_seconds}) or more is "
            "allowed, else a rollout cuts requests off",
            str(service.longest_request_seconds),
        )
    if service.longest_request_seconds + SERVER_END_SECONDS > service.stop_timeout_seconds:
        yield Problem(
            "service.stop-timeout-seconds",
            str(service.stop_timeout_seconds),
            f"longest-request-seconds ({service.longest_request_seconds}) and "
            f"{SERVER_END_SECONDS} s for the server's own end, or more, is allowed, "
            "else a stopping task is killed in the middle of a request",
            str(min(120, service.longest_request_seconds + SERVER_END_SECONDS)),
        )
    if service.longest_request_seconds > balancer.idle_timeout_seconds:
        yield Problem(
            "balancer.idle-timeout-seconds",
            str(balancer.idle_timeout_seconds),
            f"service.longest-request-seconds ({service.longest_request_seconds}) or more is "
            "allowed, else the balancer answers 504 first",
            str(service.longest_request_seconds),
        )


RULES: list[Rule] = [
    names_fit,
    endpoints_are_known,
    zones_are_of_the_region,
    ranges_are_apart,
    task_size_exists,
    task_counts_fit,
    health_arithmetic,
    *BACKUP_RULES,
    *SAFETY_RULES,
    *PROCESS_RULES,
    *BACKING_RULES,
]
