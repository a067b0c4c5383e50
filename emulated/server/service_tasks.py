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
from emulated.server.settings import ServerSettings
from emulated.server.shelf import in_scope
from emulated.server.task import Record

log = logging.getLogger(__name__)
TICK_SECONDS = 0.5
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
    """Whether a task is healthy in all of its service's target groups."""
    address = ecs._task_ip(task)
    return all(target_health.is_healthy(arn, address, port) for arn, port in target_groups(service))


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


def replace_task(task: Record, reason: str) -> None:
    """Stop a task that fails its checks, count the failure, let the service start another."""
    with resource_lock("ecs-task", task["taskArn"]):
        if task.get("_condemned") or task.get("desiredStatus") == "STOPPED":
            return
        task["_condemned"] = True
    log.warning("ECS: task %s: %s", task["taskArn"][-8:], reason)
    key = key_of(task)
    cluster = ecs._cluster_name_from_arn(task.get("clusterArn", ""))
    ecs._stop_task({"task": task["taskArn"], "cluster": cluster, "reason": reason})
    ecs._record_service_task_failure(task)
    if key and service_of(task):
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
                arguments: tuple[Any, ...] = (account, region, replace_task, task, reason)
                threading.Thread(target=in_scope, args=arguments, daemon=True).start()


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
