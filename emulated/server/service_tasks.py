"""The tasks of a service: which are in service, and which have to be replaced."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from typing import Any

from ministack.core.concurrency import resource_lock
from ministack.core.responses import request_scope
from ministack.services import alb, ecs

from emulated.server import target_health
from emulated.server.service_events import named, note
from emulated.server.settings import ServerSettings
from emulated.server.shelf import in_scope
from emulated.server.task import Record, definition_of

log = logging.getLogger(__name__)
TICK_SECONDS = 0.5
# Marks a stop whose reason is a failed check; other stops by the service have one wording.
FAILED_CHECKS = "_failed_checks"
DRAIN = "deregistration_delay.timeout_seconds"
# Elastic Load Balancing's default.
DRAIN_SECONDS = 300.0


def key_of(task: Record) -> tuple[str, str] | None:
    """Cluster and key of the service that owns a task; None for a task on its own."""
    group = task.get("group", "")
    cluster = ecs._cluster_name_from_arn(task.get("clusterArn", ""))
    if not group.startswith("service:") or not cluster:
        return None
    return cluster, f"{cluster}/{group.removeprefix('service:')}"


def service_of(task: Record) -> Record | None:
    """The service that owns a task."""
    key = key_of(task)
    found: Record | None = ecs._services.get(key[1]) if key else None
    return found


def target_groups(service: Record) -> Iterator[tuple[str, int]]:
    """Target group and container port of everything that sends requests to a service."""
    for entry in service.get("loadBalancers") or []:
        if entry.get("targetGroupArn"):
            yield entry["targetGroupArn"], int(entry.get("containerPort", 80))


def in_service(service: Record, task: Record) -> bool:
    """Whether a task passes its containers' checks and is healthy in all target groups."""
    address = ecs._task_ip(task)
    return passes_own_checks(task) and all(
        target_health.is_healthy(arn, address, port) for arn, port in target_groups(service)
    )


def passes_own_checks(task: Record) -> bool:
    """Whether the containers of a task are healthy; true where none is checked."""
    return not is_checked(task) or task.get("healthStatus") == "HEALTHY"


def is_checked(task: Record) -> bool:
    """Whether an essential container of a task has a health check."""
    containers = definition_of(task).get("containerDefinitions", [])
    return any(c.get("healthCheck") and c.get("essential", True) for c in containers)


def drain_seconds(task: Record, cap: float) -> float:
    """How long a stopping task keeps its connections: the target group's delay, at most cap."""
    delays = [_delay(arn) for arn, _ in target_groups(service_of(task) or {})]
    return min(max(delays), cap) if delays else 0.0


def _delay(group_arn: str) -> float:
    attributes = {a.get("Key"): a["Value"] for a in alb._tg_attrs.get(group_arn, [])}
    return float(attributes.get(DRAIN, DRAIN_SECONDS))


def refresh(task: Record) -> None:
    """Bring the counts and the target groups of a task's cluster and service up to date."""
    cluster = ecs._cluster_name_from_arn(task.get("clusterArn", ""))
    if cluster:
        ecs._recount_cluster(cluster)
        ecs._refresh_service_state(cluster, task.get("group", ""))


def replace_task(task: Record, reason: str, event: str) -> None:
    """Stop a task that fails its checks, count the failure, let the service start another.

    `reason` is what the task says of it, `event` what the service says behind the task's id.
    """
    with resource_lock("ecs-task", task["taskArn"]):
        if task.get("_condemned") or task.get("desiredStatus") == "STOPPED":
            return
        task["_condemned"] = True
    log.warning("ECS: task %s: %s", task["taskArn"][-8:], reason)
    key, service = key_of(task), service_of(task)
    if service:
        note(service, f"{named([task])} {event}")
    cluster = ecs._cluster_name_from_arn(task.get("clusterArn", ""))
    request = {"task": task["taskArn"], "cluster": cluster, "reason": reason}
    ecs._stop_task({**request, FAILED_CHECKS: True})
    ecs._record_service_task_failure(task)
    if key and service:
        ecs._reconcile_service_tasks(*key)


def watch(_settings: ServerSettings) -> None:
    """Replace tasks that fail their balancer's health checks, for ever: a thread's work."""
    while True:
        time.sleep(TICK_SECONDS)
        try:
            for (account, region, _), service in ecs._services.all_items():
                if service.get("status") == "ACTIVE":
                    _replace_sick_tasks(account, region, service)
        except Exception:
            # One odd record must not end the care for all other services.
            log.exception("health of services")


def _replace_sick_tasks(account: str, region: str, service: Record) -> None:
    grace = float(service.get("healthCheckGracePeriodSeconds") or 0)
    with request_scope(account, region):
        for task in _running_tasks(service):
            started = task.setdefault("_seen_running", time.time())
            sick_in = _sick_target_group(service, task)
            if sick_in and not task.get("_condemned") and time.time() - started >= grace:
                reason = f"Task failed ELB health checks in (target-group {sick_in})"
                event = _sickness(service, task, sick_in)
                arguments: tuple[Any, ...] = (account, region, replace_task, task, reason, event)
                threading.Thread(target=in_scope, args=arguments, daemon=True).start()


def _sickness(service: Record, task: Record, group_arn: str) -> str:
    port = dict(target_groups(service))[group_arn]
    failure = target_health.failure_of(group_arn, ecs._task_ip(task), port)
    place = f"(port {port}) is unhealthy in (target-group {group_arn})"
    return f"{place} due to (reason {failure.text if failure else 'Health checks failed'})."


def _running_tasks(service: Record) -> list[Record]:
    group = f"service:{service['serviceName']}"
    return [
        task
        for task in list(ecs._tasks.values())
        if task.get("group") == group
        and task.get("clusterArn") == service.get("clusterArn")
        and task.get("lastStatus") == "RUNNING"
    ]


def _sick_target_group(service: Record, task: Record) -> str | None:
    address = ecs._task_ip(task)
    groups = target_groups(service)
    sick = (a for a, p in groups if target_health.state_of(a, address, p) == "unhealthy")
    return next(sick, None)
