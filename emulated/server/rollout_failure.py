"""When a rollout of a service has failed, and what the circuit breaker says and does then.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
"""

from __future__ import annotations

from typing import Any

from ministack.core.responses import json_response
from ministack.services import ecs

from emulated.server.patching import Function, replace_each
from emulated.server.service_events import note
from emulated.server.service_tasks import in_service, service_of
from emulated.server.settings import ServerSettings
from emulated.server.task import Record

# ministack's reason for stopping what an older revision left.
SUPERSEDED = "Task definition updated"
FAILED = "Deployment failed"
BREAKER = "ECS deployment circuit breaker:"


def install(_settings: ServerSettings) -> None:
    """Count failures by the checks; keep what serves, stop what does not."""
    replace_each(
        ecs,
        {
            "_record_service_task_healthy": _when_its_checks_agree,
            "_record_service_task_failure": _in_the_words_of_ecs,
            "_stop_task": _unless_the_rollout_failed,
        },
    )


def _when_its_checks_agree(original: Function) -> Function:
    """A task that runs but fails its checks must not reset the circuit breaker."""

    def record(key: str, task: Record) -> Any:
        service = ecs._services.get(key)
        if service and not in_service(service, task):
            task["_startup_stable"] = True
            return None
        return original(key, task)

    return record


def _in_the_words_of_ecs(original: Function) -> Function:
    """What the circuit breaker says and does: a failed deployment keeps no task."""

    def record(task: Record, *rest: Any, **options: Any) -> Any:
        service = service_of(task)
        watched: Record = (ecs._primary_deployment(service) if service else None) or {}
        was_running = watched.get("rolloutState") == "IN_PROGRESS"
        result = original(task, *rest, **options)
        failed = was_running and watched["rolloutState"] == "FAILED"
        # Tasks may die at once; one failure is told once.
        if service and failed and not watched.get("_failure_told"):
            watched["_failure_told"] = True
            _note_failure(service, watched)
        if service:
            _replace_what_serves(service, task)
        return result

    return record


def _replace_what_serves(service: Record, task: Record) -> None:
    """While a rollout goes on, a dead task of the release that serves is replaced by its like.

    So does ECS since November 2025.
    """
    primary: Record = ecs._primary_deployment(service) or {}
    serving: Record = ecs._deployment_for_task(service, task) or {}
    rolling = primary.get("rolloutState") == "IN_PROGRESS" and serving is not primary
    if not rolling or not serving.get("_completed_once"):
        return
    names = ("launchType", "capacityProviderStrategy", "platformVersion", "networkConfiguration")
    request = {name: service.get(name) for name in names}
    ecs._run_task(
        {
            **request,
            "cluster": ecs._cluster_name_from_arn(service["clusterArn"]),
            "taskDefinition": serving["taskDefinition"],
            "count": 1,
            "group": task["group"],
            "_deploymentId": serving["id"],
        }
    )


def _note_failure(service: Record, failed: Record) -> None:
    failed["rolloutStateReason"] = f"{BREAKER} tasks failed to start."
    note(service, f"(deployment {failed['id']}) deployment failed: tasks failed to start.")
    primary: Record = ecs._primary_deployment(service) or {}
    if primary is not failed:
        back = primary["id"]
        primary["rolloutStateReason"] = f"{BREAKER} rolling back to deploymentId {back}."
        note(service, f"rolling back to deployment {back}.")
    cluster = ecs._cluster_name_from_arn(service["clusterArn"])
    for arn, task in list(ecs._tasks.items()):
        if task.get("_deployment_id") == failed["id"] and task["lastStatus"] != "STOPPED":
            ecs._stop_task({"task": arn, "cluster": cluster, "reason": FAILED})


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
