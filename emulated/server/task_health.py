"""Health checks inside containers of tasks (`healthCheck` of a container definition)."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import ecs

from emulated.server.service_tasks import replace_task
from emulated.server.settings import ServerSettings
from emulated.server.task import Record, definition_of

log = logging.getLogger(__name__)
TICK_SECONDS = 1.0


@dataclass
class Schedule:
    """When a container is checked next (seconds since the epoch) and how often it failed."""

    due: float = 0.0
    failures: int = 0


def health_command(check: Mapping[str, Any]) -> list[str]:
    """The command of a check as an argument list: ``CMD``, ``CMD-SHELL`` or a plain line."""
    kind, *rest = check["command"]
    if kind == "CMD":
        return list(rest)
    return ["sh", "-c", " ".join(rest if kind == "CMD-SHELL" else check["command"])]


def watch(_settings: ServerSettings) -> None:
    """Run the checks for ever: a thread's work.

    The engine would do it too, but podman's own timer needs systemd.
    """
    schedules: dict[str, Schedule] = {}
    while True:
        time.sleep(TICK_SECONDS)
        try:
            for task, container_id, check, shown in _checked_containers():
                schedule = schedules.setdefault(container_id, Schedule())
                if schedule.due <= time.time():
                    _run(task, container_id, check, shown, schedule)
        except Exception:
            # One odd record must not end the health checks of all others.
            log.exception("container health checks")


def _checked_containers() -> Iterator[tuple[Record, str, Record, Record]]:
    """Task, container id, check and shown container of every running container with a check."""
    for (account, region, _), task in ecs._tasks.all_items():
        if task.get("lastStatus") != "RUNNING":
            continue
        with request_scope(account, region):
            containers = definition_of(task).get("containerDefinitions", [])
            ids = list(task.get("_docker_ids") or [])
            shown = task.get("containers", [])
            for container, container_id, record in zip(containers, ids, shown, strict=False):
                if container.get("healthCheck"):
                    yield task, container_id, container["healthCheck"], record


def _run(task: Record, container_id: str, check: Record, shown: Record, schedule: Schedule) -> None:
    healthy = _succeeds(container_id, health_command(check))
    now = time.time()
    started = task.setdefault("_health_since", now)
    counts = now - started >= int(check.get("startPeriod") or 0)
    schedule.failures = 0 if healthy else schedule.failures + counts
    schedule.due = now + int(check.get("interval") or 30)
    if healthy:
        shown["healthStatus"] = task["healthStatus"] = "HEALTHY"
    elif schedule.failures >= int(check.get("retries") or 3):
        shown["healthStatus"] = task["healthStatus"] = "UNHEALTHY"
        if task.get("group", "").startswith("service:"):
            failed = "failed container health checks"
            replace_task(task, f"Task {failed}", f"{failed}.")


def _succeeds(container_id: str, command: list[str]) -> bool:
    try:
        result = ecs._get_docker().containers.get(container_id).exec_run(command)
    except Exception as problem:
        # The container may be going away; a check that cannot run has failed.
        log.debug("health check of %s: %s", container_id, problem)
        return False
    return bool(result.exit_code == 0)
