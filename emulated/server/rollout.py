"""When a rollout of a service is complete, and what ministack forgets of a service."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

from ministack.core.concurrency import spawn_background
from ministack.core.responses import get_account_id, get_region, json_response
from ministack.services import ecs

from emulated.server.patching import Function, replace, replace_each
from emulated.server.service_tasks import in_service, service_of
from emulated.server.settings import ServerSettings
from emulated.server.shelf import in_scope
from emulated.server.task import Record

RETRY_SECONDS = 0.5
# ministack's reason for stopping what an older revision left.
SUPERSEDED = "Task definition updated"
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
            "_record_service_task_healthy": _when_its_balancer_agrees,
            "_create_service": _keeping_settings,
            "_update_service": _keeping_settings,
            "_stop_task": _unless_the_rollout_failed,
        },
    )
    replace(ecs, "_update_service", _remembering_completion)


def _when_in_service(original: Function) -> Function:
    def complete(cluster: str, key: str, expected_deployment_id: str | None = None) -> Any:
        service: Record = ecs._services.get(key) or {}
        primary: Record = (ecs._primary_deployment(service) if service else None) or {}
        was_running = primary.get("rolloutState") == "IN_PROGRESS"
        if was_running and not _is_ready(service, primary):
            _try_again(cluster, key, primary["id"], expected_deployment_id)
            return None
        result = original(cluster, key, expected_deployment_id)
        if was_running and primary.get("rolloutState") == "COMPLETED":
            _note_completion(service, primary)
            _forget_superseded(service)
        return result

    return complete


def _is_ready(service: Record, deployment: Record) -> bool:
    """Whether enough tasks of a deployment are healthy in every target group."""
    wanted = int(service.get("desiredCount") or 0)
    if not service.get("loadBalancers") or not wanted:
        return True
    ready = [
        task
        for task in list(ecs._tasks.values())
        if task.get("_deployment_id") == deployment["id"]
        and task.get("lastStatus") == "RUNNING"
        and in_service(service, task)
    ]
    return len(ready) >= wanted


def _try_again(cluster: str, key: str, deployment_id: str, expected_id: str | None) -> None:
    waiting = (key, deployment_id)
    if waiting in _WAITING:
        return
    _WAITING.add(waiting)
    account, region = get_account_id(), get_region()

    def again() -> None:
        time.sleep(RETRY_SECONDS)
        _WAITING.discard(waiting)
        complete = ecs._complete_service_deployment
        in_scope(account, region, complete, cluster, key, expected_id)

    spawn_background(again, thread_name="rollout")


def _note_completion(service: Record, deployment: Record) -> None:
    deployment["_completed_once"] = True
    ended = f"(deployment {deployment['id']}) deployment completed."
    for text in ("has reached a steady state.", ended):
        message = f"(service {service['serviceName']}) {text}"
        event = {"id": str(uuid.uuid4()), "createdAt": ecs._iso(), "message": message}
        service["events"].insert(0, event)


def _forget_superseded(service: Record) -> None:
    """A failed deployment is shown until another release is complete; ministack never drops it.

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
        if not deployment.get("_superseded") or deployment["id"] in live
    ]


def _remembering_completion(original: Function) -> Function:
    """What a new rollout makes of the ones before it.

    A rollback that it overtakes stays what the next one can go back to; a failure is history.
    """

    def update(data: Record) -> Any:
        result = original(data)
        for service in list(ecs._services.values()):
            for deployment in service.get("deployments", []):
                if deployment.get("status") == "ACTIVE" and deployment.get("_completed_once"):
                    deployment["rolloutState"] = "COMPLETED"
                elif deployment.get("status") == "ACTIVE":
                    deployment["_superseded"] = deployment.get("rolloutState") == "FAILED"
        return result

    return update


def _unless_the_rollout_failed(original: Function) -> Function:
    """Where there is no way back, the tasks of the older revision go on serving."""

    def stop(data: Record) -> Any:
        if data.get("reason") == SUPERSEDED:
            task = ecs._tasks.get(data.get("task", ""))
            service = service_of(task) if task else None
            primary = ecs._primary_deployment(service) if service else None
            if primary and primary.get("rolloutState") == "FAILED":
                return json_response({"task": ecs._sanitize(task)})
        return original(data)

    return stop


def _in_progress_at_first(original: Function) -> Function:
    def make(task_definition: str, desired_count: int, status: str = "PRIMARY") -> Record:
        deployment: Record = original(task_definition, desired_count, status)
        if status == "PRIMARY" and desired_count:
            reason = f"ECS deployment {deployment['id']} in progress."
            deployment.update(rolloutState="IN_PROGRESS", rolloutStateReason=reason)
        return deployment

    return make


def _when_its_balancer_agrees(original: Function) -> Function:
    """A task that listens but fails its balancer's checks must not reset the circuit breaker."""

    def record(key: str, task: Record) -> Any:
        service = ecs._services.get(key)
        if service and service.get("loadBalancers") and not in_service(service, task):
            task["_startup_stable"] = True
            return None
        return original(key, task)

    return record


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
