"""EventBridge rules and schedules whose target is an ECS cluster: they run a task there."""

from __future__ import annotations

import logging
from typing import Any

from ministack.services import ecs, eventbridge

from emulated.server.patching import Function, replace
from emulated.server.schedule_target import is_cluster, task_request
from emulated.server.settings import ServerSettings

log = logging.getLogger(__name__)
Record = dict[str, Any]


def install(_settings: ServerSettings) -> None:
    """Wrap what invokes a target."""
    replace(eventbridge, "_invoke_target", _running_tasks)


def _running_tasks(original: Function) -> Function:
    def invoke(target: Record, event: Any, rule: Record, view: Any = None) -> Any:
        if not is_cluster(target.get("Arn", "")):
            return original(target, event, rule, view)
        request = task_request(target, str(rule.get("Name", "")))
        status = ecs._run_task(request)[0]
        log.info("events: %s on %s: %s", request["taskDefinition"], target["Arn"], status)
        return None

    return invoke
