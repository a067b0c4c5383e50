"""Saved queries of CloudWatch Logs Insights, as records."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

from ministack.core.responses import json_response
from ministack.services import cloudwatch_logs

from emulated.server.patching import Function, replace
from emulated.server.settings import ServerSettings
from emulated.server.shelf import shelf

Record = dict[str, Any]


def install(_settings: ServerSettings) -> None:
    """Answer the calls that ministack lacks."""
    replace(cloudwatch_logs, "handle_request", _with_queries)


def _with_queries(original: Function) -> Function:
    async def handle(method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
        answer = ACTIONS.get(headers.get("x-amz-target", "").split(".")[-1])
        if answer is None:
            return await original(method, path, headers, body, query)
        return json_response(answer(json.loads(body or b"{}")))

    return handle


def _put(data: Record) -> Record:
    name = data.get("queryDefinitionId") or str(uuid.uuid4())
    shelf("log query")[name] = {
        "queryDefinitionId": name,
        "name": data["name"],
        "queryString": data["queryString"],
        "logGroupNames": data.get("logGroupNames", []),
        "lastModified": int(time.time() * 1000),
    }
    return {"queryDefinitionId": name}


def _describe(data: Record) -> Record:
    prefix = data.get("queryDefinitionNamePrefix") or ""
    found = [query for query in shelf("log query").values() if query["name"].startswith(prefix)]
    return {"queryDefinitions": found}


def _delete(data: Record) -> Record:
    gone = shelf("log query").pop(data.get("queryDefinitionId", ""), None)
    return {"success": gone is not None}


ACTIONS = {
    "PutQueryDefinition": _put,
    "DescribeQueryDefinitions": _describe,
    "DeleteQueryDefinition": _delete,
}
