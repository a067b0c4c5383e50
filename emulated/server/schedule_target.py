"""A target of EventBridge that is an ECS cluster, as the RunTask call for which it stands."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from emulated.server.query_protocol import lower_first

Record = dict[str, Any]
CLUSTER = re.compile(r"arn:aws[^:]*:ecs:[^:]*:[0-9]*:cluster/.+")
# RunTask takes no longer name in startedBy.
STARTER_LENGTH = 100


def is_cluster(arn: str) -> bool:
    """Whether a target is an ECS cluster."""
    return CLUSTER.fullmatch(arn) is not None


def task_request(target: Mapping[str, Any], rule_name: str) -> Record:
    """The RunTask call that a target stands for."""
    settings = target.get("EcsParameters") or {}
    network = settings.get("NetworkConfiguration") or {}
    vpc = network.get("awsvpcConfiguration") or network.get("AwsvpcConfiguration") or {}
    request = {
        "cluster": target["Arn"],
        "taskDefinition": settings.get("TaskDefinitionArn", ""),
        "count": int(settings.get("TaskCount") or 1),
        "startedBy": "events-rule/" + rule_name[:STARTER_LENGTH],
        "group": settings.get("Group") or "",
        "networkConfiguration": {"awsvpcConfiguration": _lowered(vpc)},
        "enableExecuteCommand": bool(settings.get("EnableExecuteCommand")),
        "overrides": _overrides(target.get("Input")),
    }
    if strategy := settings.get("CapacityProviderStrategy"):
        return {**request, "capacityProviderStrategy": [_lowered(entry) for entry in strategy]}
    return {**request, "launchType": settings.get("LaunchType") or "FARGATE"}


def _lowered(record: Mapping[str, Any]) -> Record:
    return {lower_first(name): value for name, value in record.items()}


def _overrides(text: str | None) -> Any:
    try:
        return json.loads(text) if text else {"containerOverrides": []}
    except ValueError:
        # An input that is meant for other targets.
        return {"containerOverrides": []}
