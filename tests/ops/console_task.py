"""The console that a verb starts, as ECS shows it: the mocked AWS starts no task."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tests.ops.calls import Calls
from tests.ops.running import Running
from tests.ops.stack import ACCOUNT, CLUSTER, REGION, RELEASES, definition_arn
from tests.ops.stand_in import RUNTIME

ID = "c" * 32
ARN = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/{CLUSTER}/{ID}"
KNOWN = {"taskArn": ARN, "taskDefinitionArn": definition_arn("console", RELEASES)}
TARGET = f"ecs:{CLUSTER}_{ID}_{ID}-{RUNTIME}"


class ConsoleTask:
    """It goes through `states`, one a look, and stays in the last; beside it runs what `running`
    has.
    """

    def __init__(self, aws: Calls, running: Running) -> None:
        self._aws, self._running = aws, running
        self.states: list[Mapping[str, Any]] = [pending("PROVISIONING"), pending(), ready()]
        aws.answer("ecs:RunTask", {"tasks": [{"taskArn": ARN}], "failures": []})
        aws.answer("ecs:DescribeTasks", self._describe)
        aws.answer("ecs:StopTask", {})

    @property
    def asked(self) -> Mapping[str, Any]:
        """With what ECS was asked to start it."""
        return self._aws.with_parameters("ecs:RunTask")[-1]

    @property
    def stops(self) -> list[Mapping[str, Any]]:
        """How it was asked to stop it."""
        return list(self._aws.with_parameters("ecs:StopTask"))

    def _describe(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        if asked["tasks"] != [ARN]:
            return self._running.describe_tasks(asked)
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        return {"tasks": [{**KNOWN, "createdAt": datetime.now(UTC), **state}]}


def pending(status: str = "PENDING") -> dict[str, Any]:
    """On its way."""
    return {"lastStatus": status, "enableExecuteCommand": True}


def ready(agent: str = "RUNNING", **known: str) -> dict[str, Any]:
    """Running, with its exec agent in that state."""
    return {
        "lastStatus": "RUNNING",
        "enableExecuteCommand": True,
        "containers": [
            {
                "name": "console",
                "lastStatus": "RUNNING",
                "runtimeId": f"{ID}-{RUNTIME}",
                "managedAgents": [{"name": "ExecuteCommandAgent", "lastStatus": agent, **known}],
            }
        ],
    }


def stopped(code: str, reason: str) -> dict[str, Any]:
    """At its end, before it could be entered."""
    return {
        "lastStatus": "STOPPED",
        "stopCode": code,
        "stoppedReason": reason,
        "containers": [{"name": "console", "lastStatus": "STOPPED"}],
    }
