"""How a task stops: leaves its balancer, gets SIGTERM and its time, reports its exit codes."""

from __future__ import annotations

import json
import logging
import threading
import time
from typing import Any

import docker
from ministack.core.concurrency import resource_lock, spawn_background
from ministack.core.responses import get_account_id, get_region, json_response
from ministack.services import ecs, ecs_metadata

from emulated.server.patching import Function, replace
from emulated.server.service_events import named, note
from emulated.server.service_tasks import (
    FAILED_CHECKS,
    drain_seconds,
    key_of,
    refresh,
    service_of,
    target_groups,
)
from emulated.server.settings import ServerSettings
from emulated.server.shelf import in_scope
from emulated.server.target_health import begin_draining, end_draining
from emulated.server.task import Record, definition_of
from emulated.server.task_container import is_ephemeral, volume_name

log = logging.getLogger(__name__)
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
STOP_TIMEOUT_SECONDS = 30
SIDECAR_STOP_SECONDS = 10
# What a container printed last is read from the engine before the container goes.
LAST_LINES_SECONDS = 0.3
# The engine answers a stop only when the container has gone.
ENGINE_MARGIN_SECONDS = 60
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
ENDED = "Essential container in task exited"


def install(settings: ServerSettings) -> None:
    """Stop tasks as ECS does instead of within five seconds and with exit code 0."""

    def slowing(original: Function) -> Function:
        return stopping_slowly(original, settings.drain_cap_seconds)

    replace(ecs, "_stop_task", slowing)
    ecs._ACTION_MAP["StopTask"] = _as_asked
    replace(ecs, "_cleanup_task_resources", _in_order_and_with_volumes)
    replace(ecs, "_mark_task_stopped", _after_the_last_lines)


def _as_asked(data: Record) -> Any:
    """Stop a task at a caller's request; a service starts another in its place."""
    result = ecs._stop_task({**data, "_asked_for": True})
    status, _, body = result
    task = ecs._tasks.get(json.loads(body)["task"]["taskArn"]) if status == 200 else None
    key = key_of(task) if task else None
    if key and ecs._services.get(key[1]):
        ecs._reconcile_service_tasks(*key)
    return result


def stopping_slowly(original: Function, drain_cap: float) -> Function:
    """RUNNING, DEACTIVATING (drains), STOPPING (SIGTERM, SIGKILL), STOPPED with the exit codes."""

    def stop(data: Record) -> Any:
        task, client = _running_task(data), ecs._get_docker()
        if task is None or client is None:
            return _before_it_ran(original, data, client)
        arn = task["taskArn"]
        drain = drain_seconds(task, drain_cap)
        with resource_lock("ecs-task", arn):
            if task.get("desiredStatus") == "STOPPED":
                return json_response({"task": ecs._sanitize(task)})
            _note_stopping(task, data)
        targets = [(a, ecs._task_ip(task) or "", p) for a, p in _groups(task)]
        for target in targets:
            begin_draining(*target)
        refresh(task)
        scope = (get_account_id(), get_region())
        arguments = (*scope, _finish, task, client, drain, targets)
        spawn_background(in_scope, *arguments, thread_name=f"stop-{arn[-8:]}")
        return json_response({"task": ecs._sanitize(task)})

    return stop


def _named_task(data: Record) -> Record | None:
    cluster = ecs._resolve_cluster_name(data.get("cluster", "default"))
    task: Record | None = ecs._resolve_task(data.get("task", ""), cluster) if cluster else None
    return task


def _running_task(data: Record) -> Record | None:
    """The task that a request names, if containers of it run."""
    task = _named_task(data)
    if task and task.get("_docker_ids") and task.get("lastStatus") == "RUNNING":
        return task
    return None


def _before_it_ran(original: Function, data: Record, client: Any) -> Any:
    """Stop a task that is still being started: nothing of it ran, so there is no exit code."""
    task = _named_task(data)
    if task is None or task.get("lastStatus") == "STOPPED":
        return original(data)
    code, reason = _cause(task, data)
    # A record that runs has the exit code of a program that ended when it was asked to.
    exit_code = None if client else 0
    ecs._mark_task_stopped(task["taskArn"], task, reason, code, exit_code)
    ecs._cleanup_task_resources(task, client)
    return json_response({"task": ecs._sanitize(task)})


def _cause(task: Record, data: Record) -> tuple[str, str]:
    """Stop code and reason of a task that somebody stops."""
    if data.get("_asked_for"):
        return "UserInitiated", data.get("reason") or "Task stopped by user"
    service = service_of(task)
    if data.get(FAILED_CHECKS) or service is None:
        return "ServiceSchedulerInitiated", data.get("reason") or ""
    primary: Record = ecs._primary_deployment(service) or {}
    by = primary.get("id") or service["serviceName"]
    return "ServiceSchedulerInitiated", f"Scaling activity initiated by (deployment {by})"


def _note_stopping(task: Record, data: Record) -> None:
    code, reason = _cause(task, data)
    ecs._bump_task_version(task)
    task.update(
        desiredStatus="STOPPED",
        lastStatus="DEACTIVATING",
        stoppingAt=ecs._iso(),
        stoppedReason=reason,
        stopCode=code,
    )
    if service := service_of(task):
        if service.get("loadBalancers"):
            note(service, "has begun draining connections on 1 tasks.")
        note(service, f"has stopped 1 running tasks: {named([task])}.")


def _groups(task: Record) -> list[tuple[str, int]]:
    return list(target_groups(service_of(task) or {}))


def _finish(task: Record, client: Any, drain: float, targets: list[tuple[str, str, int]]) -> None:
    time.sleep(drain)
    for target in targets:
        end_draining(*target)
    task["lastStatus"] = "STOPPING"
    containers = definition_of(task).get("containerDefinitions", [])
    timeouts = [int(c.get("stopTimeout") or STOP_TIMEOUT_SECONDS) for c in containers]
    workers = [
        threading.Thread(target=_end_container, args=(task, index, timeouts[index]), daemon=True)
        for index in range(len(task.get("_docker_ids") or []))
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    time.sleep(LAST_LINES_SECONDS)
    _note_stopped(task)
    ecs._cleanup_task_resources(task, client)
    refresh(task)


def _end_container(task: Record, index: int, timeout: int) -> None:
    """Stop one container, SIGKILL after its timeout, and keep its exit code."""
    container_id = task["_docker_ids"][index]
    try:
        client = docker.from_env(timeout=timeout + ENGINE_MARGIN_SECONDS)
        container = client.containers.get(container_id)
        container.stop(timeout=timeout)
        task["containers"][index]["exitCode"] = container.wait().get("StatusCode")
    except Exception as problem:
        # Gone already, or the engine is: the task has stopped either way.
        log.warning("stop of %s: %s", container_id, problem)


def _note_stopped(task: Record) -> None:
    arn, now = task["taskArn"], ecs._iso()
    with resource_lock("ecs-task", arn):
        ecs._bump_task_version(task)
        task.update(lastStatus="STOPPED", stoppedAt=now, executionStoppedAt=now)
        for container in task.get("containers", []):
            container["lastStatus"] = "STOPPED"
    ecs_metadata.set_task_status(arn, known_status="STOPPED", desired_status="STOPPED")


def _in_order_and_with_volumes(original: Function) -> Function:
    """Removes sidecars before the container whose network they share, then the task's volumes."""

    def cleanup(task: Record, client: Any, extra_container: Any = None) -> None:
        client = client or ecs._get_docker()
        if client and task.get("lastStatus") == "STOPPED":
            _end_sidecars(task, client)
        task["_docker_ids"] = list(reversed(task.get("_docker_ids") or []))
        original(task, client, extra_container)
        if client:
            _remove_volumes(task, client)

    return cleanup


def _end_sidecars(task: Record, client: Any) -> None:
    """Stop the containers that still run because another, essential one ended."""
    ids = list(task.get("_docker_ids") or [])
    if len(ids) <= 1:
        return
    for container_id, shown in reversed(list(zip(ids, task.get("containers", []), strict=False))):
        if shown.get("exitCode") is not None:
            continue
        try:
            container = client.containers.get(container_id)
            container.stop(timeout=SIDECAR_STOP_SECONDS)
            shown["exitCode"] = container.wait().get("StatusCode")
        except Exception as problem:
            log.debug("sidecar %s: %s", container_id, problem)


def _remove_volumes(task: Record, client: Any) -> None:
    task_id = task.get("taskArn", "").rsplit("/", 1)[-1]
    for volume in definition_of(task).get("volumes", []):
        if not is_ephemeral(volume):
            continue
        try:
            client.volumes.get(volume_name(task_id, volume)).remove(force=True)
        except docker.errors.APIError as problem:
            log.debug("volume of %s: %s", task_id, problem)


def _after_the_last_lines(original: Function) -> Function:
    def mark(
        arn: str, task: Record, reason: str, stop_code: str, exit_code: int | None = None
    ) -> Any:
        if stop_code == "EssentialContainerExited":
            reason = ENDED if reason == "Essential container exited" else reason
            if len(task.get("_docker_ids") or []) > 1:
                # Containers that still run get their own code, not that of the one that ended.
                exit_code = None
            time.sleep(LAST_LINES_SECONDS)
        return original(arn, task, reason, stop_code, exit_code)

    return mark
