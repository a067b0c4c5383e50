"""Clusters and services that are in use: what ECS refuses to delete, and how a service goes."""

from __future__ import annotations

import time
from typing import Any

from ministack.core.concurrency import spawn_background
from ministack.core.responses import error_response_json, get_account_id, get_region
from ministack.services import ecs

from emulated.server.patching import Function, replace_each
from emulated.server.service_events import shown
from emulated.server.settings import ServerSettings
from emulated.server.shelf import in_scope
from emulated.server.task import Record

POLL_SECONDS = 0.2
HOLD_SERVICES = "The Cluster cannot be deleted while Services are active."
HOLD_TASKS = "The Cluster cannot be deleted while Tasks are active."
DRAINING = "Unable to Start a service that is still Draining."


def install(_settings: ServerSettings) -> None:
    """Refuse what ECS refuses."""
    replace_each(
        ecs,
        {
            "_delete_cluster": _when_empty,
            "_delete_service": _draining_first,
            "_create_service": _unless_it_drains,
            "_update_service": _if_active,
        },
    )


def live_tasks(cluster_arn: str, group: str = "") -> list[Record]:
    """Tasks of a cluster, or of one group in it, that have not stopped yet."""
    return [
        task
        for task in list(ecs._tasks.values())
        if task.get("clusterArn") == cluster_arn
        and task.get("lastStatus") != "STOPPED"
        and (not group or task.get("group") == group)
    ]


def service_named(data: Record) -> Record | None:
    """The service that a request names, by name or ARN."""
    cluster = ecs._resolve_cluster_name(data.get("cluster", "default"))
    name = str(data.get("service") or data.get("serviceName") or "").rsplit("/", 1)[-1]
    found: Record | None = ecs._services.get(f"{cluster}/{name}")
    return found


def _when_empty(original: Function) -> Function:
    def delete(data: Record) -> Any:
        name = ecs._resolve_cluster_name(data.get("cluster", "default"))
        cluster = ecs._clusters.get(name)
        if cluster is None:
            return original(data)
        services = [s for k, s in ecs._services.items() if k.startswith(f"{name}/")]
        if any(service["status"] != "INACTIVE" for service in services):
            return error_response_json("ClusterContainsServicesException", HOLD_SERVICES, 400)
        if live_tasks(cluster["clusterArn"]):
            return error_response_json("ClusterContainsTasksException", HOLD_TASKS, 400)
        return original(data)

    return delete


def _draining_first(original: Function) -> Function:
    """A deleted service is there until its last task has stopped."""

    def delete(data: Record) -> Any:
        result = original(data)
        service = service_named(data)
        if result[0] != 200 or service is None:
            return result
        service["status"] = "DRAINING"
        arguments = (get_account_id(), get_region(), _drain, service)
        if live_tasks(*_place(service)):
            spawn_background(in_scope, *arguments, thread_name="drain-service")
        else:
            service["status"] = "INACTIVE"
        return shown(service)

    return delete


def _place(service: Record) -> tuple[str, str]:
    return service["clusterArn"], f"service:{service['serviceName']}"


def _drain(service: Record) -> None:
    while live_tasks(*_place(service)):
        time.sleep(POLL_SECONDS)
    service["status"] = "INACTIVE"


def _unless_it_drains(original: Function) -> Function:
    def create(data: Record) -> Any:
        service = service_named(data)
        if service and service["status"] == "DRAINING":
            return error_response_json("InvalidParameterException", DRAINING, 400)
        return original(data)

    return create


def _if_active(original: Function) -> Function:
    def update(data: Record) -> Any:
        service = service_named(data)
        if service and service["status"] != "ACTIVE":
            return error_response_json("ServiceNotActiveException", "Service was not ACTIVE.", 400)
        return original(data)

    return update
