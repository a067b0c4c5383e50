"""What Application Auto Scaling knows of the stack's processes."""

from __future__ import annotations

from typing import Any

from tests.ops.stack import CLUSTER, PREFIX, client

DIMENSION = {"ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount"}


def limit(process: str, minimum: int, maximum: int, **more: Any) -> None:
    """Have AWS scale the process between these numbers of tasks."""
    change(process, MinCapacity=minimum, MaxCapacity=maximum, **more)


def change(process: str, **changes: Any) -> None:
    """Change what AWS knows of the process."""
    client("application-autoscaling").register_scalable_target(
        **DIMENSION, ResourceId=_resource(process), **changes
    )


def target(process: str) -> Any:
    """The process as AWS knows it."""
    (found,) = client("application-autoscaling").describe_scalable_targets(
        **DIMENSION, ResourceIds=[_resource(process)]
    )["ScalableTargets"]
    return found


def limits(process: str) -> tuple[int, int]:
    """The least and the most tasks."""
    found = target(process)
    return found["MinCapacity"], found["MaxCapacity"]


def _resource(process: str) -> str:
    return f"service/{CLUSTER}/{PREFIX}-{process}"
