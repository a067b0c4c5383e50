"""The tasks of a service, and which of them failed by the release's fault."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from release import cluster_tasks

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_ecs.type_defs import TaskTypeDef

# Stop codes that say nothing of the image: a person, Spot, AWS's own machines [ECS API, Task].
_INNOCENT = {"UserInitiated", "SpotInterruption", "TerminationNotice", "InfrastructureHealth"}
# ECS stops a task for a new deployment, for scaling, or because it fails a health check; only the
# reason tells: "Task failed ELB health checks in (target-group …)", "… container health checks".
_BY_SCHEDULER = "ServiceSchedulerInitiated"
_UNHEALTHY = "health check"


@dataclass(frozen=True, kw_only=True)
class Task:
    """A task; `status` is ECS's lastStatus, `address` its private IPv4 address once it has one.

    `exits` has, per container that is over, its exit code (None: it never ran) and its reason;
    `group` is `service:<name>` or what whoever started the task wrote, 0 an unknown size.
    """

    id: str
    revision: str
    status: str
    health: str = "UNKNOWN"
    address: str = ""
    stop_code: str = ""
    stop_reason: str = ""
    exits: Mapping[str, tuple[int | None, str]] = field(default_factory=dict)
    created_at: datetime
    started_at: datetime | None = None
    group: str = ""
    started_by: str = ""
    cpu_units: int = 0
    memory_mib: int = 0
    on_spot: bool = False

    @property
    def has_stopped(self) -> bool:
        """Whether it is over."""
        return self.status == "STOPPED"

    @property
    def has_failed(self) -> bool:
        """Whether it ends, or has ended, by a fault of what it runs."""
        if not self.stop_code or self.stop_code in _INNOCENT:
            return False
        if self.stop_code == _BY_SCHEDULER:
            return _UNHEALTHY in self.stop_reason.lower()
        return True


def of_service(ecs: "ECSClient", cluster: str, service_name: str) -> tuple[Task, ...]:
    """Its tasks, with those that stopped lately."""
    return tuple(map(read, cluster_tasks.find(ecs, cluster, serviceName=service_name)))


def of_cluster(ecs: "ECSClient", cluster: str) -> tuple[Task, ...]:
    """All tasks of the cluster, of services or not, with those that stopped lately."""
    return tuple(map(read, cluster_tasks.find(ecs, cluster)))


def read(answer: "TaskTypeDef") -> Task:
    """A task as DescribeTasks tells it."""
    return Task(
        id=answer["taskArn"].rpartition("/")[2],
        revision=answer["taskDefinitionArn"],
        status=answer["lastStatus"],
        health=answer.get("healthStatus", "UNKNOWN"),
        address=_address(answer),
        stop_code=answer.get("stopCode", ""),
        stop_reason=answer.get("stoppedReason", ""),
        exits={
            each["name"]: (each.get("exitCode"), each.get("reason", ""))
            for each in answer.get("containers", ())
            if each.get("lastStatus") == "STOPPED"
        },
        created_at=answer["createdAt"],
        started_at=answer.get("startedAt"),
        group=answer.get("group", ""),
        started_by=answer.get("startedBy", ""),
        cpu_units=int(answer.get("cpu") or 0),
        memory_mib=int(answer.get("memory") or 0),
        on_spot=answer.get("capacityProviderName") == "FARGATE_SPOT",
    )


def _address(answer: "TaskTypeDef") -> str:
    for attachment in answer.get("attachments", ()):
        for detail in attachment.get("details", ()):
            if detail.get("name") == "privateIPv4Address":
                return detail.get("value", "")
    return ""
