"""When a rollout is complete, and what ministack forgets of a service.

It is complete when the new tasks are in service and the last old one has drained and stopped.
"""

from __future__ import annotations

import json
import time
from typing import Any

from ministack.core.concurrency import spawn_background
from ministack.core.responses import get_account_id, get_region, json_response
from ministack.services import ecs

from emulated.server.clusters import live_tasks, service_named
from emulated.server.patching import Function, replace, replace_each
from emulated.server.service_events import note, shown
from emulated.server.service_tasks import in_service
from emulated.server.settings import ServerSettings
from emulated.server.shelf import in_scope
from emulated.server.task import Record

RETRY_SECONDS = 0.5
REPLACED = "Deployment completed"
KEPT_SETTINGS = (
    "availabilityZoneRebalancing",
    "placementConstraints",
    "placementStrategy",
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
)
_WAITING: set[tuple[str, str]] = set()


def install(_settings: ServerSettings) -> None:
    """Complete a rollout only when its tasks are in service."""
    replace_each(
        ecs,
        {
            "_complete_service_deployment": _when_in_service,
            "_make_deployment": _in_progress_at_first,
            "_create_service": _keeping_settings,
            "_update_service": _keeping_settings,
        },
    )
    replace(ecs, "_update_service", _remembering_completion)


def _when_in_service(original: Function) -> Function:
    def complete(cluster: str, key: str, expected_deployment_id: str | None = None) -> Any:
        service: Record = ecs._services.get(key) or {}
        primary: Record = (ecs._primary_deployment(service) if service else None) or {}
        if expected_deployment_id not in (None, primary.get("id")):
            return None  # asked by a task of a deployment that was replaced
        was_running = primary.get("rolloutState") == "IN_PROGRESS"
        if was_running and not (_is_ready(service, primary) and _have_left(service, primary)):
            _try_again(cluster, key, primary["id"])
            return None
        result = original(cluster, key, expected_deployment_id)
        if was_running and primary.get("rolloutState") == "COMPLETED":
            _note_completion(service, primary)
            _forget_failed(service)
        return result

    return complete


def _is_ready(service: Record, deployment: Record) -> bool:
    """Whether enough tasks of a deployment are healthy in every target group."""
    wanted = int(service.get("desiredCount") or 0)
    ready = [
        task
        for task in list(ecs._tasks.values())
        if task.get("_deployment_id") == deployment["id"]
        and task.get("lastStatus") == "RUNNING"
        and in_service(service, task)
    ]
    return len(ready) >= wanted


def _have_left(service: Record, deployment: Record) -> bool:
    """Whether no task of another deployment is left; tells those that are to stop."""
    place = service["clusterArn"], f"service:{service['serviceName']}"
    others = [task for task in live_tasks(*place) if task.get("_deployment_id") != deployment["id"]]
    cluster = ecs._cluster_name_from_arn(service["clusterArn"])
    for task in others:
        if task.get("desiredStatus") != "STOPPED":
            ecs._stop_task({"task": task["taskArn"], "cluster": cluster, "reason": REPLACED})
    return all(task.get("lastStatus") == "STOPPED" for task in others)


def _try_again(cluster: str, key: str, deployment_id: str) -> None:
    waiting = (key, deployment_id)
    if waiting in _WAITING:
        return
    _WAITING.add(waiting)
    account, region = get_account_id(), get_region()

    def again() -> None:
        time.sleep(RETRY_SECONDS)
        _WAITING.discard(waiting)
        complete = ecs._complete_service_deployment
        in_scope(account, region, complete, cluster, key, deployment_id)

    spawn_background(again, thread_name="rollout")


def _note_completion(service: Record, deployment: Record) -> None:
    deployment["_completed_once"] = True
    deployment["rolloutStateReason"] = f"ECS deployment {deployment['id']} completed."
    note(service, f"(deployment {deployment['id']}) deployment completed.")
    note(service, "has reached a steady state.")


def _forget_failed(service: Record) -> None:
    """A failed deployment is gone once another is complete; ministack never drops it.

    Whoever waits for a service with one deployment, as Terraform's provider does, waits for that.
    """
    live = {
        task.get("_deployment_id")
        for task in list(ecs._tasks.values())
        if task.get("lastStatus") in ecs._PRE_STOP_STATUSES
    }
    service["deployments"] = [
        deployment
        for deployment in service["deployments"]
        if deployment.get("status") == "PRIMARY"
        or deployment.get("rolloutState") != "FAILED"
        or deployment["id"] in live
    ]


def _remembering_completion(original: Function) -> Function:
    """A rollback that a new rollout overtakes stays what the next one can go back to."""

    def update(data: Record) -> Any:
        result = original(data)
        service = service_named(data)
        if result[0] != 200 or service is None:
            return result
        for deployment in service["deployments"]:
            if deployment["status"] == "ACTIVE" and deployment.get("_completed_once"):
                deployment["rolloutState"] = "COMPLETED"
            elif deployment["rolloutState"] == "IN_PROGRESS":
                deployment["rolloutStateReason"] = _in_progress(deployment)
        return shown(service)

    return update


def _in_progress(deployment: Record) -> str:
    return f"ECS deployment {deployment['id']} in progress."


def _in_progress_at_first(original: Function) -> Function:
    def make(task_definition: str, desired_count: int, status: str = "PRIMARY") -> Record:
        deployment: Record = original(task_definition, desired_count, status)
        if status == "PRIMARY":
            deployment["rolloutState"] = "IN_PROGRESS"
            deployment["rolloutStateReason"] = _in_progress(deployment)
        return deployment

    return make


def _keeping_settings(original: Function) -> Function:
    def put(data: Record) -> Any:
        result = original(data)
        status, _, body = result
        if status != 200:
            return result
        shown = json.loads(body)
        cluster = ecs._cluster_name_from_arn(shown["service"]["clusterArn"])
        service = ecs._services[f"{cluster}/{shown['service']['serviceName']}"]
        # As on AWS: on unless it is declined.
        service.setdefault("availabilityZoneRebalancing", "ENABLED")
        given = {name: data[name] for name in KEPT_SETTINGS if data.get(name) is not None}
        service.update(given)
        kept = {name: service[name] for name in KEPT_SETTINGS if name in service}
        shown["service"].update(kept)
        return json_response(shown)

    return put
