"""Revisions of task definitions: listed in their order, deleted only when deregistered."""

from __future__ import annotations

import json
from typing import Any

from ministack.core.responses import error_response_json, json_response
from ministack.services import ecs

from emulated.server.patching import Function, replace_each
from emulated.server.settings import ServerSettings
from emulated.server.task import Record

# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteTaskDefinitions.html
DELETED_AT_ONCE = 10
NOT_DEREGISTERED = (
    "The specified task definition is still in ACTIVE status. Please deregister the target and "
    "try again."
)


def install(_settings: ServerSettings) -> None:
    """Wrap what lists, finds and deletes revisions."""
    replace_each(
        ecs,
        {
            "_list_task_definitions": _in_order,
            "_delete_task_definitions": _once_deregistered,
            "_resolve_td_key": _newest_active,
        },
    )


def _in_order(_original: Function) -> Function:
    """``familyPrefix`` is a whole family's name; revisions count as numbers."""

    def listed(data: Record) -> Any:
        family, status = data.get("familyPrefix"), data.get("status") or "ACTIVE"
        found = [
            definition
            for definition in list(ecs._task_defs.values())
            if definition["status"] == status and family in (None, "", definition["family"])
        ]
        descending = data.get("sort") == "DESC"
        found.sort(key=lambda d: (d["family"], d["revision"]), reverse=descending)
        arns = [definition["taskDefinitionArn"] for definition in found]
        start, size = int(data.get("nextToken") or 0), int(data.get("maxResults") or 100)
        more = {"nextToken": str(start + size)} if start + size < len(arns) else {}
        return json_response({"taskDefinitionArns": arns[start : start + size], **more})

    return listed


def _once_deregistered(original: Function) -> Function:
    def delete(data: Record) -> Any:
        given = data.get("taskDefinitions") or []
        if len(given) > DELETED_AT_ONCE:
            text = f"A maximum of {DELETED_AT_ONCE} task definitions can be deleted in one request."
            return error_response_json("InvalidParameterException", text, 400)
        active = [arn for arn in given if _status(arn) == "ACTIVE"]
        rest = [arn for arn in given if arn not in active]
        answer = json.loads(original({**data, "taskDefinitions": rest})[2])
        answer["failures"] += [{"arn": arn, "reason": NOT_DEREGISTERED} for arn in active]
        return json_response(answer)

    return delete


def _status(reference: str) -> str:
    definition = ecs._task_defs.get(ecs._resolve_td_delete_key(reference)) or {}
    return str(definition.get("status", ""))


def _newest_active(original: Function) -> Function:
    """A family without a revision is its newest active one."""

    def key(reference: str) -> Any:
        if not reference or ":" in reference:
            return original(reference)
        family = reference.rsplit("/", 1)[-1]
        active = [
            definition["revision"]
            for definition in list(ecs._task_defs.values())
            if definition["family"] == family and definition["status"] == "ACTIVE"
        ]
        return f"{family}:{max(active)}" if active else original(reference)

    return key
