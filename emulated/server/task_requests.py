"""RunTask and CreateService as asked from outside: what ECS refuses, and what it does only once."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from ministack.core.concurrency import resource_lock
from ministack.core.responses import error_response_json, get_account_id, json_response
from ministack.services import ec2, ecs

from emulated.server.patching import Function
from emulated.server.settings import ServerSettings
from emulated.server.shelf import shelf
from emulated.server.task import Record

# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
TOKEN_LENGTH = 64
STARTED_BY = re.compile(r"[A-Za-z0-9/_-]{0,128}")
# A subnet with this tag gives a task no place; its value is the reason in `failures`.
FULL_SUBNET_TAG = "emulated:no-capacity"
# An update names the service that it changes; what it leaves out stays as it is.
UPDATED = "service"
NO_NETWORK = "Network Configuration must be provided when networkMode 'awsvpc' is specified."
CONFLICT = (
    "The RunTask request could not be processed due to conflicts. The provided clientToken is "
    "already in use with a different RunTask request. The resourceIds are the existing task ARNs "
    "which are already associated with the clientToken."
)


def install(_settings: ServerSettings) -> None:
    """Check what callers ask for; ministack's own calls of the same functions are not checked."""
    ecs._ACTION_MAP["RunTask"] = _run_task
    ecs._ACTION_MAP["CreateService"] = _checked("_create_service")
    ecs._ACTION_MAP["UpdateService"] = _checked("_update_service")


def _checked(name: str) -> Function:
    def handle(data: Record) -> Any:
        # Looked up at each call: other parts wrap it.
        return refusal(data) or getattr(ecs, name)(data)

    return handle


def refusal(data: Record) -> Any:
    """The error with which ECS answers a request for tasks or a service, None when it is fine."""
    cluster = ecs._resolve_cluster_name(data.get("cluster", "default"))
    if cluster not in ecs._clusters:
        return error_response_json("ClusterNotFoundException", "Cluster not found.", 400)
    if not data.get("taskDefinition"):
        return None
    definition = ecs._task_defs.get(ecs._resolve_td_key(data["taskDefinition"]))
    if definition is None:
        text = "Unable to find task definition: " + data["taskDefinition"]
        return error_response_json("ClientException", text, 400)
    if definition["status"] != "ACTIVE":
        return error_response_json("ClientException", "TaskDefinition is inactive", 400)
    problem = _unfit(data, definition)
    return error_response_json("InvalidParameterException", problem, 400) if problem else None


def _unfit(data: Mapping[str, Any], definition: Record) -> str:
    """What does not fit together in a request; empty when all does."""
    if len(data.get("clientToken") or "") > TOKEN_LENGTH:
        return f"clientToken can be at most {TOKEN_LENGTH} characters."
    if not STARTED_BY.fullmatch(data.get("startedBy") or ""):
        return "startedBy may hold letters, digits, hyphens, slashes and underscores, 128 at most."
    supported = definition.get("requiresCompatibilities") or ["EC2"]
    if data.get("launchType") == "FARGATE" and "FARGATE" not in supported:
        return "Task definition does not support launch_type FARGATE."
    names = [container["name"] for container in definition["containerDefinitions"]]
    for override in (data.get("overrides") or {}).get("containerOverrides") or []:
        if override.get("name") not in names:
            name = override.get("name")
            return f"Override for container named {name} is not a container in the TaskDefinition."
    return "" if UPDATED in data else _unfit_network(data, definition)


def _unfit_network(data: Mapping[str, Any], definition: Record) -> str:
    if definition.get("networkMode") != "awsvpc":
        return ""
    subnets = subnets_of(data)
    if not subnets:
        return NO_NETWORK
    unknown = [subnet for subnet in subnets if subnet not in ec2._subnets]
    return f"The subnet ID '{unknown[0]}' does not exist" if unknown else ""


def subnets_of(data: Mapping[str, Any]) -> list[str]:
    """The subnets in which a request wants its tasks."""
    network = (data.get("networkConfiguration") or {}).get("awsvpcConfiguration") or {}
    return list(network.get("subnets") or [])


def _run_task(data: Record) -> Any:
    if problem := refusal(data):
        return problem
    if failures := _failures(data):
        return json_response({"tasks": [], "failures": failures})
    family = ecs._resolve_td_key(data["taskDefinition"]).rpartition(":")[0]
    data = {**data, "group": data.get("group") or f"family:{family}"}
    token = data.get("clientToken")
    if not token:
        return ecs._run_task(data)
    with resource_lock("ecs-run-token", f"{get_account_id()}/{token}"):
        return _once(token, data)


def _failures(data: Record) -> list[Record]:
    reasons = {
        tag["Value"]
        for subnet in subnets_of(data)
        for tag in ec2._tags.get(subnet, [])
        if tag["Key"] == FULL_SUBNET_TAG
    }
    return [{"reason": reason} for reason in sorted(reasons)]


def _once(token: str, data: Record) -> Any:
    """A request with a token that was used: the tasks it started then, whatever became of them."""
    request = json.dumps(data, sort_keys=True)
    before, arns = shelf("run token").get(token, (request, None))
    if before != request:
        started_then = {"resourceIds": arns or []}
        return error_response_json("ConflictException", CONFLICT, 400, started_then)
    if arns is not None:
        tasks = [ecs._sanitize(ecs._tasks[arn]) for arn in arns if arn in ecs._tasks]
        return json_response({"tasks": tasks, "failures": []})
    result = ecs._run_task(data)
    if result[0] == 200:
        started = [task["taskArn"] for task in json.loads(result[2])["tasks"]]
        shelf("run token")[token] = (request, started)
    return result
