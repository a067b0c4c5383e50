"""Tasks without a container engine: records with an address; those on their own come to an end."""

from __future__ import annotations

import itertools
import json
import logging
import time
import uuid
from typing import Any

from ministack.core.concurrency import spawn_background
from ministack.core.responses import get_account_id, get_region, json_response
from ministack.services import ec2, ecs

from emulated.server.addresses import address_in
from emulated.server.patching import Function, replace
from emulated.server.service_tasks import is_checked
from emulated.server.settings import ServerSettings
from emulated.server.shelf import in_scope
from emulated.server.task import Record

log = logging.getLogger(__name__)
# Long enough for a caller to see the task run.
LIFE_SECONDS = 1.0
NOT_RUN = "Recorded only: the emulated AWS runs without containers"
_COUNTER = itertools.count()


def install(settings: ServerSettings) -> None:
    """Where there are no containers, give tasks what a caller waits for."""
    if not settings.containers:
        replace(ecs, "_run_task", _recorded)


def _recorded(original: Function) -> Function:
    def run(data: Record) -> Any:
        result = original(data)
        status, _, body = result
        if status != 200:
            return result
        answer = json.loads(body)
        tasks = [ecs._tasks[shown["taskArn"]] for shown in answer["tasks"]]
        for task in tasks:
            _give_address(task)
            # A record has no ailments.
            task["healthStatus"] = "HEALTHY" if is_checked(task) else "UNKNOWN"
            if not task.get("group", "").startswith("service:"):
                _end_soon(task)
        return json_response({**answer, "tasks": [ecs._sanitize(task) for task in tasks]})

    return run


def _give_address(task: Record) -> None:
    """The network interface that a task of Fargate shows."""
    subnet = ec2._subnets.get(task.get("_subnet") or "")
    if not subnet or task.get("_network_mode") != "awsvpc":
        return
    address = address_in(subnet["CidrBlock"], next(_COUNTER))
    details = {"subnetId": task["_subnet"], "privateIPv4Address": address}
    task["attachments"] = [
        {
            "id": str(uuid.uuid4()),
            "type": "ElasticNetworkInterface",
            "status": "ATTACHED",
            "details": [{"name": name, "value": value} for name, value in details.items()],
        }
    ]


def _end_soon(task: Record) -> None:
    """A task on its own, as a release step, is over at some time; nobody ran it, so it says so."""
    account, region = get_account_id(), get_region()

    def end() -> None:
        time.sleep(LIFE_SECONDS)
        log.warning("ECS: task %s was recorded, not run", task["taskArn"])
        arguments = (task["taskArn"], task, NOT_RUN, "EssentialContainerExited", 0)
        in_scope(account, region, ecs._mark_task_stopped, *arguments)

    spawn_background(end, thread_name="recorded-task")
