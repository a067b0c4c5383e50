"""The arithmetic of health checks and rollouts, with the numbers that AWS has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ops.checks.check import Check
from ops.checks.finding import Finding, ok, problem, unknown, warning
from ops.permissions import NO_RESOURCE, SERVICES, Need
from ops.problems import OpsError

if TYPE_CHECKING:
    from infra.settings import Settings
    from ops.checks.situation import Situation

NEEDS = (
    SERVICES,
    Need(
        actions=(
            "ecs:DescribeTaskDefinition",
            "elasticloadbalancing:DescribeTargetGroups",
            "elasticloadbalancing:DescribeTargetGroupAttributes",
            "elasticloadbalancing:DescribeLoadBalancerAttributes",
        ),
        because=NO_RESOURCE,
    ),
)
WEB = "web"


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """What AWS has; the names are those of the settings."""

    tasks: int
    cpu_units: int
    grace_seconds: int
    stop_timeout_seconds: int
    health_path: str
    health_interval_seconds: int
    health_timeout_seconds: int
    healthy_threshold: int
    unhealthy_threshold: int
    drain_seconds: int
    idle_timeout_seconds: int

    def of(self, fields: Mapping[str, object]) -> dict[str, object]:
        """Those that a section of the settings has, too."""
        return {name: value for name, value in vars(self).items() if name in fields}


def find(situation: Situation) -> Iterator[Finding]:
    """The numbers work together, are those of the file, and leave a rollout enough time."""
    numbers, settings = _read(situation), situation.settings
    if settings is None:
        yield unknown("what the numbers should be is not known: the settings cannot be read")
    else:
        yield from _differences(numbers, settings, situation)
        yield from _contradictions(numbers, settings)
    yield _duration(numbers, settings)


def _read(situation: Situation) -> Numbers:
    outputs, clients = situation.outputs, situation.clients
    elbv2, ecs = clients.elbv2, clients.ecs
    group = elbv2.describe_target_groups(TargetGroupArns=[outputs.target_group_arn])
    target = group["TargetGroups"][0]
    attributes = _pairs(
        elbv2.describe_target_group_attributes(TargetGroupArn=outputs.target_group_arn)[
            "Attributes"
        ]
    )
    balancer = _pairs(
        elbv2.describe_load_balancer_attributes(LoadBalancerArn=outputs.balancer_arn)["Attributes"]
    )
    name = outputs.service_names[WEB]
    found = ecs.describe_services(cluster=outputs.cluster_name, services=[name])["services"]
    if not found:
        raise OpsError(f"there is no service {name}")
    service, revision = found[0], outputs.task_definition_arns[WEB]
    task = ecs.describe_task_definition(taskDefinition=revision)["taskDefinition"]
    return Numbers(
        tasks=service["desiredCount"],
        cpu_units=int(task.get("cpu") or 0),
        grace_seconds=service.get("healthCheckGracePeriodSeconds", 0),
        stop_timeout_seconds=task["containerDefinitions"][0].get("stopTimeout", 30),
        health_path=target.get("HealthCheckPath", ""),
        health_interval_seconds=target["HealthCheckIntervalSeconds"],
        health_timeout_seconds=target["HealthCheckTimeoutSeconds"],
        healthy_threshold=target["HealthyThresholdCount"],
        unhealthy_threshold=target["UnhealthyThresholdCount"],
        drain_seconds=int(attributes.get("deregistration_delay.timeout_seconds", 300)),
        idle_timeout_seconds=int(balancer.get("idle_timeout.timeout_seconds", 60)),
    )


def _pairs(attributes: object) -> dict[str, str]:
    found: list[dict[str, str]] = list(attributes)  # type: ignore[call-overload]
    return {each["Key"]: each["Value"] for each in found}


def _differences(numbers: Numbers, settings: Settings, situation: Situation) -> Iterator[Finding]:
    """What somebody changed by hand, or what an update has not applied yet."""
    differing = [
        f"{section}.{name.replace('_', '-')} is {found} in AWS, {getattr(wanted, name)} in the file"
        for section, wanted in (("balancer", settings.balancer), ("service", settings.service))
        for name, found in numbers.of(type(wanted).model_fields).items()
        if getattr(wanted, name) != found
    ]
    if differing:
        yield warning(
            "; ".join(differing),
            f"If somebody changed it in AWS, {situation.way_back.refresh} set it back; if the file "
            f"is newer than the stack, {situation.way_back.up} is enough",
        )


def _contradictions(numbers: Numbers, settings: Settings) -> Iterator[Finding]:
    """What AWS's numbers would be refused for if somebody wrote them into the file."""
    from infra.rules import health_arithmetic

    balancer = settings.balancer.model_copy(update=numbers.of(type(settings.balancer).model_fields))
    service = settings.service.model_copy(update=numbers.of(type(settings.service).model_fields))
    for each in health_arithmetic(balancer, service):
        yield problem(
            f"{each.key}: {each.given} in AWS; {each.allowed}", f"Write {each.write}, then update"
        )


def _duration(numbers: Numbers, settings: Settings | None) -> Finding:
    from infra.rollout_time import RolloutTimes

    times = RolloutTimes.of(
        tasks=max(1, numbers.tasks),
        cpu_units=numbers.cpu_units,
        health_interval_seconds=numbers.health_interval_seconds,
        unhealthy_threshold=numbers.unhealthy_threshold,
        grace_seconds=numbers.grace_seconds,
        drain_seconds=numbers.drain_seconds,
    )
    said = (
        f"a rollout takes about {times.healthy:.0f} s, a bad image is noticed within "
        f"{times.bad_image:.0f} s"
    )
    longest = max(times.healthy, times.bad_image)
    limit = settings.release.rollout_timeout_seconds if settings else None
    if limit is not None and longest > limit:
        return problem(
            f"{said}, but an update waits for {limit} s only",
            f"Write {longest * 2:.0f} under release: rollout-timeout-seconds, or fewer "
            "seconds under balancer: drain-seconds or health-interval-seconds",
        )
    return ok(said)


CHECK = Check(name="rollout", about="health checks and their times", find=find, needs=NEEDS)
