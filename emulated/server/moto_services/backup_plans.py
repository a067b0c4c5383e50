"""AWS Backup: plans that change, selections, report plans and tags."""

from __future__ import annotations

import json
import uuid
from typing import Any
from urllib.parse import unquote

from moto.backup.responses import BackupResponse
from moto.core.responses import ActionResult

from emulated.server.moto_services.backup_calls import (
    CREATION_DATE,
    found,
    parts_after,
    shelf,
)
from emulated.server.patching import Function, replace


def install() -> None:
    """Add the calls that moto lacks."""
    BackupResponse.list_tags = _list_tags
    BackupResponse.create_backup_selection = _create_selection
    BackupResponse.get_backup_selection = _get_selection
    BackupResponse.list_backup_selections = _list_selections
    BackupResponse.delete_backup_selection = _delete_selection
    BackupResponse.update_backup_plan = _update_plan
    BackupResponse.update_report_plan = _update_report_plan
    replace(BackupResponse, "create_report_plan", _with_tags)


def _list_tags(response: Any) -> str:
    # moto does not expect the slash with which the provider ends the path.
    arn = unquote(response.path.split("/tags/", 1)[1]).strip("/")
    return json.dumps({"Tags": response.backup_backend.list_tags(resource_arn=arn)})


def _create_selection(response: Any) -> str:
    plan, selection = parts_after(response, "plans")[0], str(uuid.uuid4())
    shelf(response, "selections")[plan, selection] = json.loads(response.body)["BackupSelection"]
    return _selection_json(plan, selection)


def _selection_json(plan: str, selection: str, **more: Any) -> str:
    names = {"SelectionId": selection, "BackupPlanId": plan, "CreationDate": CREATION_DATE}
    return json.dumps({**more, **names})


def _get_selection(response: Any) -> str:
    plan, _, selection = parts_after(response, "plans")
    record = found(shelf(response, "selections"), (plan, selection), "selection")
    return _selection_json(plan, selection, BackupSelection=record)


def _list_selections(response: Any) -> str:
    wanted = parts_after(response, "plans")[0]
    entries = [
        {"SelectionId": name, "SelectionName": record["SelectionName"], "BackupPlanId": plan}
        for (plan, name), record in shelf(response, "selections").items()
        if plan == wanted
    ]
    return json.dumps({"BackupSelectionsList": entries})


def _delete_selection(response: Any) -> str:
    plan, _, selection = parts_after(response, "plans")
    shelf(response, "selections").pop((plan, selection), None)
    return "{}"


def _update_plan(response: Any) -> str:
    backend = response.backup_backend
    plan = backend.get_backup_plan(parts_after(response, "plans")[0], None)
    # A plan of the same class completes the rules as creation does.
    completed = type(plan)(json.loads(response.body)["BackupPlan"], "", backend)
    plan.backup_plan, plan.version_id = completed.backup_plan, str(uuid.uuid4())
    return json.dumps(
        {
            "BackupPlanId": plan.backup_plan_id,
            "BackupPlanArn": plan.backup_plan_arn,
            "VersionId": plan.version_id,
        }
    )


def _with_tags(original: Function) -> Function:
    def create(response: Any) -> Any:
        result = original(response)
        tags = response._get_param("ReportPlanTags") or {}
        response.backup_backend.tag_resource(result.result.report_plan_arn, tags)
        return result

    return create


def _update_report_plan(response: Any) -> Any:
    name = unquote(parts_after(response, "report-plans")[0])
    plan = response.backup_backend.describe_report_plan(name)
    changes = {
        "report_plan_description": response._get_param("ReportPlanDescription"),
        "report_delivery_channel": response._get_param("ReportDeliveryChannel"),
        "report_setting": response._get_param("ReportSetting"),
    }
    for attribute, value in changes.items():
        if value:
            setattr(plan, attribute, value)
    return ActionResult(plan)
