"""What ECS says of services: their deployments and their events."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_ecs.type_defs import DeploymentTypeDef, ServiceTypeDef

# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html
_SERVICES_A_CALL = 10
MISSING = "MISSING"
_ROLLBACK = re.compile(r"roll(ing|ed)? ?back", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """One revision on its way in or out; `state` is IN_PROGRESS, COMPLETED or FAILED.

    `failed_tasks` are those that failed one after the other; ECS sets it to 0 when one runs.
    """

    id: str
    is_primary: bool
    revision: str
    state: str
    reason: str
    desired: int
    running: int
    failed_tasks: int
    created_at: datetime

    @property
    def is_rollback(self) -> bool:
        """Whether ECS works towards it again because a later one has failed."""
        return _ROLLBACK.search(self.reason) is not None


@dataclass(frozen=True, kw_only=True)
class Event:
    """One line that ECS noted for a service."""

    time: datetime
    message: str


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service at one moment, events newest first; `status` is MISSING when ECS knows none."""

    status: str
    desired: int = 0
    running: int = 0
    grace_seconds: int = 0
    deployments: tuple[Deployment, ...] = ()
    events: tuple[Event, ...] = ()

    @property
    def primary(self) -> Deployment | None:
        """The deployment that ECS works towards."""
        return next((each for each in self.deployments if each.is_primary), None)

    def deployment_of(self, revision: str) -> Deployment | None:
        """The newest deployment of a revision."""
        own = [each for each in self.deployments if each.revision == revision]
        return max(own, key=lambda each: each.created_at, default=None)

    def last_complete_besides(self, revision: str) -> str | None:
        """The revision that ECS goes back to when this one fails."""
        complete = [
            each
            for each in self.deployments
            if each.revision != revision and each.state == "COMPLETED"
        ]
        newest = max(complete, key=lambda each: each.created_at, default=None)
        return newest.revision if newest else None

    def must_be_asked_for(self, revision: str) -> bool:
        """Whether ECS does not work towards a revision: another is, or it has given this one up.

        A failed deployment starts no tasks any more [ECS API, Deployment].
        """
        primary = self.primary
        if primary is None or primary.revision != revision:
            return True
        return primary.state == "FAILED" or primary.is_rollback


def describe(ecs: "ECSClient", cluster: str, service_names: Sequence[str]) -> Mapping[str, Service]:
    """Each service by name."""
    found = {name: Service(status=MISSING) for name in service_names}
    for start in range(0, len(service_names), _SERVICES_A_CALL):
        names = list(service_names[start : start + _SERVICES_A_CALL])
        answer = ecs.describe_services(cluster=cluster, services=names)
        found |= {each["serviceName"]: read(each) for each in answer["services"]}
    return found


def read(answer: "ServiceTypeDef") -> Service:
    """A service as DescribeServices tells it."""
    return Service(
        status=answer["status"],
        desired=answer["desiredCount"],
        running=answer["runningCount"],
        grace_seconds=answer.get("healthCheckGracePeriodSeconds") or 0,
        deployments=tuple(_deployment(each) for each in answer.get("deployments", ())),
        events=tuple(
            Event(time=each["createdAt"], message=each["message"])
            for each in answer.get("events", ())
        ),
    )


def _deployment(answer: "DeploymentTypeDef") -> Deployment:
    return Deployment(
        id=answer["id"],
        is_primary=answer["status"] == "PRIMARY",
        revision=answer["taskDefinition"],
        state=answer.get("rolloutState", ""),
        reason=answer.get("rolloutStateReason", ""),
        desired=answer["desiredCount"],
        running=answer["runningCount"],
        failed_tasks=answer.get("failedTasks", 0),
        created_at=answer["createdAt"],
    )


def short(revision: str) -> str:
    """`family:number` of a task definition's ARN."""
    return revision.rpartition("/")[2]
