"""What a service says of itself in its events, in the words of ECS.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from ministack.core.concurrency import resource_lock
from ministack.core.responses import json_response
from ministack.services import ecs

from emulated.server.patching import Function, replace_each
from emulated.server.settings import ServerSettings
from emulated.server.task import Record

# ECS shows no more of them.
KEPT_EVENTS = 100
STARTING = ("PROVISIONING", "PENDING", "ACTIVATING")


def install(_settings: ServerSettings) -> None:
    """Note what happens to a service's tasks and targets; show times to the millisecond."""
    replace_each(
        ecs,
        {
            "_run_task": _told_to_its_service,
            "_sync_service_targets": _telling_of_targets,
            "_refresh_service_state": _counting_all_that_start,
            "_ts_to_epoch": _exactly,
        },
    )


def note(service: Record, text: str) -> None:
    """Add the newest event of a service: ``(service web) has reached a steady state.``"""
    message = f"(service {service['serviceName']}) {text}"
    event = {"id": str(uuid.uuid4()), "createdAt": ecs._iso(), "message": message, "_ours": True}
    # ministack notes things of its own, and some that did not happen.
    ours = [known for known in service.get("events", []) if known.get("_ours")]
    service["events"] = [event, *ours][:KEPT_EVENTS]


def named(tasks: Iterable[Record]) -> str:
    """Tasks as an event lists them: ``(task 1) (task 2)``."""
    return " ".join(f"(task {task['taskArn'].rsplit('/', 1)[-1]})" for task in tasks)


def _told_to_its_service(original: Function) -> Function:
    """A service's task is started by a deployment and mentioned in the service's events."""

    def run(data: Record) -> Any:
        deployment = data.get("_deploymentId")
        if not deployment:
            return original(data)
        result = original({**data, "startedBy": deployment})
        cluster = ecs._resolve_cluster_name(data.get("cluster", "default"))
        service = ecs._services.get(f"{cluster}/{data['group'].removeprefix('service:')}")
        started = [t for t in list(ecs._tasks.values()) if _is_new(t, deployment)]
        for task in started:
            task["_told"] = True
        if service and started:
            note(service, f"has started {len(started)} tasks: {named(started)}.")
        return result

    return run


def _is_new(task: Record, deployment: str) -> bool:
    return task.get("_deployment_id") == deployment and not task.get("_told")


def _telling_of_targets(original: Function) -> Function:
    def sync(cluster: str, service: Record) -> Any:
        result = original(cluster, service)
        with resource_lock("ecs-told-targets", service["serviceArn"]):
            told: Record = service.setdefault("_told_targets", {})
            for group, addresses in (service.get("_published_targets") or {}).items():
                before, now = set(told.get(group, ())), set(addresses)
                told[group] = now
                for verb, changed in (("registered", now - before), ("deregistered", before - now)):
                    if changed:
                        note(service, f"{verb} {len(changed)} targets in (target-group {group})")
        return result

    return sync


def _counting_all_that_start(original: Function) -> Function:
    """On Fargate a task counts as pending from its start until it runs."""

    def refresh(cluster: str, group: str) -> Any:
        result = original(cluster, group)
        service = ecs._services.get(f"{cluster}/{(group or '').removeprefix('service:')}")
        if service:
            starting = [
                task.get("_deployment_id")
                for task in list(ecs._tasks.values())
                if task.get("group") == group
                and task.get("clusterArn") == service.get("clusterArn")
                and task.get("lastStatus") in STARTING
            ]
            service["pendingCount"] = len(starting)
            for deployment in service.get("deployments", []):
                deployment["pendingCount"] = starting.count(deployment["id"])
        return result

    return refresh


def _exactly(original: Function) -> Function:
    """Seconds with their fraction: what happened in one second has an order."""

    def seconds(value: Any) -> Any:
        if not isinstance(value, str):
            return original(value)
        try:
            return datetime.fromisoformat(value).timestamp()
        except ValueError:
            return original(value)

    return seconds


def shown(service: Record) -> Any:
    """A service as the answer to a call that changed it."""
    return json_response({"service": ecs._sanitize(service)})
