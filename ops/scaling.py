"""How many tasks the processes have, within which limits, and how that is changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from release import deployments

if TYPE_CHECKING:
    from mypy_boto3_application_autoscaling import ApplicationAutoScalingClient
    from mypy_boto3_application_autoscaling.type_defs import ScalableTargetTypeDef

    from ops.clients import OpsClients
    from ops.outputs import Outputs

# The number of a service's tasks, as Application Auto Scaling calls it.
TARGET: Any = {"ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount"}


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Between which numbers AWS scales; `suspended` says that it does not now."""

    minimum: int
    maximum: int
    suspended: bool = False

    def __str__(self) -> str:
        """`2 to 8`, or the only number."""
        if self.minimum == self.maximum:
            return str(self.minimum)
        return f"{self.minimum} to {self.maximum}"


@dataclass(frozen=True, kw_only=True)
class Scale:
    """A process's tasks; `limits` is None where nothing but people sets their number."""

    process: str
    desired: int
    running: int
    limits: Limits | None


def read(clients: OpsClients, outputs: Outputs) -> Mapping[str, Scale]:
    """Every process that ECS has a service for."""
    names = outputs.service_names
    found = deployments.describe(clients.ecs, outputs.cluster_name, list(names.values()))
    limits = _limits(clients.scaling, outputs)
    return {
        process: Scale(
            process=process,
            desired=found[names[process]].desired,
            running=found[names[process]].running,
            limits=limits.get(process),
        )
        for process in outputs.processes
        if found[names[process]].status == "ACTIVE"
    }


def move_limits(
    scaling: ApplicationAutoScalingClient, outputs: Outputs, process: str, limits: Limits
) -> None:
    """Other limits for what AWS scales already."""
    scaling.register_scalable_target(
        **TARGET,
        ResourceId=resource_id(outputs, process),
        MinCapacity=limits.minimum,
        MaxCapacity=limits.maximum,
    )


def set_number(clients: OpsClients, outputs: Outputs, process: str, number: int) -> None:
    """So many tasks; ECS starts or stops some at once."""
    clients.ecs.update_service(
        cluster=outputs.cluster_name,
        service=outputs.service_names[process],
        desiredCount=number,
    )


def _limits(scaling: ApplicationAutoScalingClient, outputs: Outputs) -> Mapping[str, Limits]:
    return {
        process: Limits(
            minimum=each["MinCapacity"],
            maximum=each["MaxCapacity"],
            suspended=any(each.get("SuspendedState", {}).values()),
        )
        for process, each in targets(scaling, outputs, outputs.processes)
    }


def targets(
    scaling: ApplicationAutoScalingClient, outputs: Outputs, processes: Sequence[str]
) -> Iterator[tuple[str, ScalableTargetTypeDef]]:
    """What AWS scales of these processes, and how; those that nothing scales are left out."""
    names = {resource_id(outputs, process): process for process in processes}
    pages = scaling.get_paginator("describe_scalable_targets").paginate(
        **TARGET, ResourceIds=list(names)
    )
    for page in pages:
        for each in page["ScalableTargets"]:
            yield names[each["ResourceId"]], each


def resource_id(outputs: Outputs, process: str) -> str:
    """What Application Auto Scaling calls a process's service."""
    return f"service/{outputs.cluster_name}/{outputs.service_names[process]}"
