"""How busy services and tasks are now, in per cent of what they have."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ops import metrics
from ops.metrics import Metric

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_logs import CloudWatchLogsClient

# ECS measures once a minute and is read a minute or two later.
LOOK_BACK = timedelta(minutes=5)
_METRICS = {"cpu": "CPUUtilization", "memory": "MemoryUtilization"}


@dataclass(frozen=True, kw_only=True)
class Load:
    """None where nothing was measured lately."""

    cpu_percent: float | None = None
    memory_percent: float | None = None


NONE = Load()


def of_services(
    cloudwatch: CloudWatchClient, cluster: str, service_names: Sequence[str], now: datetime
) -> Mapping[str, Load]:
    """The mean over each service's tasks, which ECS measures without being asked to."""
    asked = {
        f"{key} {name}": Metric(
            namespace="AWS/ECS",
            name=metric,
            dimensions={"ClusterName": cluster, "ServiceName": name},
            statistic="Average",
        )
        for name in service_names
        for key, metric in _METRICS.items()
    }
    newest = {
        key: values[0]
        for key, values in metrics.read(cloudwatch, asked, LOOK_BACK, now).items()
        if values
    }
    return {
        name: Load(
            cpu_percent=newest.get(f"cpu {name}"), memory_percent=newest.get(f"memory {name}")
        )
        for name in service_names
    }


def of_tasks(logs: CloudWatchLogsClient, cluster: str, now: datetime) -> Mapping[str, Load]:
    """Each task by its id, from the log of Container Insights; empty where there is none.

    Their metrics know services only; the log has a line a minute for every task [CloudWatch user
    guide, "Container Insights performance log events for Amazon ECS"].
    """
    try:
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=f"/aws/ecs/containerinsights/{cluster}/performance",
            startTime=int((now - LOOK_BACK).timestamp() * 1000),
            filterPattern='{ $.Type = "Task" }',
        )
        lines = [json.loads(each["message"]) for page in pages for each in page["events"]]
    except logs.exceptions.ResourceNotFoundException:
        return {}
    return _newest(lines)


def _newest(lines: Iterable[Mapping[str, Any]]) -> Mapping[str, Load]:
    measured = sorted(
        (line for line in lines if line.get("Type") == "Task" and line.get("TaskId")),
        key=lambda line: line.get("Timestamp", 0),
    )
    return {
        line["TaskId"]: Load(
            cpu_percent=_percent(line, "Cpu"), memory_percent=_percent(line, "Memory")
        )
        for line in measured
    }


def _percent(line: Mapping[str, Any], what: str) -> float | None:
    used, reserved = line.get(f"{what}Utilized"), line.get(f"{what}Reserved")
    return 100 * used / reserved if used is not None and reserved else None
