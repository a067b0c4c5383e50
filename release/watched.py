"""A service whose rollout is watched, and what is known of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from release import deployments, failed_tasks, target_health
from release.clients import Clients
from release.judgement import Judgement
from release.look import Aim, Look, Seen


@dataclass(frozen=True, kw_only=True)
class WatchedService:
    """A process's service: the revision that it is to run, and where its tasks' output goes.

    A task's log stream is `<log_prefix>/<container>/<task id>`; without a `target_group_arn` no
    balancer sends it requests.
    """

    process: str
    service_name: str
    task_definition: str
    target_group_arn: str | None
    log_group: str
    log_prefix: str
    container: str


@dataclass(frozen=True, kw_only=True)
class View:
    """A service as last looked at."""

    service: WatchedService
    aim: Aim
    seen: Seen
    look: Look
    judgement: Judgement


def take_looks(
    clients: Clients, cluster: str, services: Sequence[WatchedService], now: datetime
) -> Mapping[str, Look]:
    """What AWS says of each service now, by process."""
    names = [each.service_name for each in services]
    found = deployments.describe(clients.ecs, cluster, names)
    return {
        each.process: _look(clients, cluster, each, found[each.service_name], now)
        for each in services
    }


def _look(
    clients: Clients,
    cluster: str,
    service: WatchedService,
    state: deployments.Service,
    now: datetime,
) -> Look:
    if state.status != "ACTIVE":
        return Look(time=now, service=state)
    group = service.target_group_arn
    return Look(
        time=now,
        service=state,
        tasks=failed_tasks.of_service(clients.ecs, cluster, service.service_name),
        targets=target_health.of_group(clients.elbv2, group) if group else None,
    )
