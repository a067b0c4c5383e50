"""ECS that deploys what it is asked to, and time that passes only when somebody waits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from release import progress
from tests.ops.calls import Calls
from tests.ops.running import Running
from tests.ops.stack import PREFIX, definition_arn


@dataclass
class ManualClock:
    """Passes time when somebody sleeps."""

    time: datetime

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@dataclass
class Deploying:
    """Takes new deployments and numbers of tasks; complete after `looks_needed` and one more.

    With `dies` the new tasks of that process end with exit code 1, one after the other, and with
    `interrupted_at` the person stops the verb when that look is taken.
    """

    running: Running
    clock: ManualClock
    dies: str = ""
    interrupted_at: int = 0
    looks_needed: int = 1
    asked: list[Mapping[str, Any]] = field(default_factory=list)
    looks: int = 0
    _under_way: dict[str, int] = field(default_factory=dict)

    @classmethod
    def on(cls, running: Running, aws: Calls, monkeypatch: pytest.MonkeyPatch) -> Deploying:
        """Answer for ECS from now on, with a clock that does not wait."""
        clock = ManualClock(running.now)
        monkeypatch.setattr(progress, "SystemClock", lambda: clock)
        made = cls(running, clock)
        aws.answer("ecs:UpdateService", made._update)
        aws.answer("ecs:DescribeServices", made._describe)
        return made

    def deployed(self) -> dict[str, str]:
        """What was asked for, `family:number` by process; empty for what the service has."""
        return {
            _process(each["service"]): each.get("taskDefinition", "").rpartition("/")[2]
            for each in self.asked
        }

    def _update(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        self.asked.append(asked)
        process = _process(asked["service"])
        service = self.running.services[process]
        if "desiredCount" in asked:
            service["desiredCount"] = asked["desiredCount"]
        if asked.get("forceNewDeployment"):
            self._deploy(process, service, asked.get("taskDefinition"))
        return {"service": service}

    def _deploy(self, process: str, service: dict[str, Any], revision: str | None) -> None:
        old = service["deployments"][0]
        fresh = self.running.deployment(
            process,
            0,
            service["desiredCount"],
            "IN_PROGRESS",
            id=f"ecs-svc/asked-{len(self.asked)}",
            taskDefinition=revision or old["taskDefinition"],
            runningCount=0,
            createdAt=self.clock.now(),
        )
        service["deployments"] = [fresh, {**old, "status": "ACTIVE"}]
        self._under_way[process] = self.looks + self.looks_needed

    def _describe(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        self.looks += 1
        if self.looks == self.interrupted_at:
            raise KeyboardInterrupt
        for process in [name for name, look in self._under_way.items() if look < self.looks]:
            self._die(process) if process == self.dies else self._complete(process)
        return self.running._describe_services(asked)

    def _complete(self, process: str) -> None:
        service = self.running.services[process]
        fresh = service["deployments"][0]
        number = int(fresh["taskDefinition"].rpartition(":")[2])
        count = service["desiredCount"]
        self.running.health.clear() if process == "web" else None
        self.running.serve(process, 0)
        for _ in range(count):
            self.running.add_task(process, number, createdAt=self.clock.now())
        service = self.running.services[process]
        service |= {"desiredCount": count, "runningCount": count}
        service["deployments"] = [
            {**fresh, "rolloutState": "COMPLETED", "desiredCount": count, "runningCount": count}
        ]
        del self._under_way[process]

    def _die(self, process: str) -> None:
        revision = self.running.services[process]["deployments"][0]["taskDefinition"]
        number = int(revision.rpartition(":")[2])
        assert revision == definition_arn(process, number)
        name = self.running.fail_task(process, number)
        task = next(each for each in self.running.tasks if each["taskArn"].endswith(name))
        task["createdAt"] = self.clock.now()


def _process(service_name: str) -> str:
    return service_name.removeprefix(f"{PREFIX}-")
