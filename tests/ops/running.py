"""What ECS and the balancer say of the stack's processes: the mocked AWS starts no tasks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.ops.calls import Calls
from tests.ops.stack import (
    ACCOUNT,
    CLUSTER,
    PREFIX,
    PROCESSES,
    REGION,
    RELEASES,
    definition_arn,
)

CLUSTER_ARN = f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/{CLUSTER}"


@dataclass
class Running:
    """Every process well, with one task of the last release; a test changes what it needs to."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    services: dict[str, dict[str, Any]] = field(default_factory=dict)
    tasks: list[dict[str, Any]] = field(default_factory=list)
    health: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    _made: int = 0

    @classmethod
    def well(cls, aws: Calls, *, tasks: int = 1) -> Running:
        """All processes with so many tasks, answered for from now on."""
        running = cls()
        for process in PROCESSES:
            running.serve(process, tasks)
        aws.answer("ecs:ListServices", running._list_services)
        aws.answer("ecs:DescribeServices", running._describe_services)
        aws.answer("ecs:ListTasks", running._list_tasks)
        aws.answer("ecs:DescribeTasks", running.describe_tasks)
        aws.answer("elasticloadbalancing:DescribeTargetHealth", running._target_health)
        return running

    def serve(self, process: str, tasks: int = 1, number: int = RELEASES) -> None:
        """A service whose last deployment, of that release, is complete."""
        self.services[process] = {
            "serviceName": f"{PREFIX}-{process}",
            "status": "ACTIVE",
            "desiredCount": tasks,
            "runningCount": tasks,
            "healthCheckGracePeriodSeconds": 15,
            "deployments": [self.deployment(process, number, tasks)],
            "events": [
                {
                    "id": f"steady-{process}",
                    "createdAt": self.now - timedelta(hours=1),
                    "message": f"(service {PREFIX}-{process}) has reached a steady state.",
                }
            ],
        }
        self.tasks = [each for each in self.tasks if each["group"] != f"service:{PREFIX}-{process}"]
        for _ in range(tasks):
            self.add_task(process, number)

    def deployment(
        self, process: str, number: int, tasks: int, state: str = "COMPLETED", **changes: Any
    ) -> dict[str, Any]:
        """A deployment of a release, the one that ECS works towards."""
        return {
            "id": f"ecs-svc/{number}",
            "status": "PRIMARY",
            "taskDefinition": definition_arn(process, number),
            "desiredCount": tasks,
            "runningCount": tasks,
            "failedTasks": 0,
            "createdAt": self.now - timedelta(hours=2, minutes=1),
            "rolloutState": state,
            "rolloutStateReason": f"ECS deployment ecs-svc/{number} {state.lower()}.",
            **changes,
        }

    def add_task(self, process: str, number: int = RELEASES, **changes: Any) -> str:
        """A running task, which the balancer finds healthy if it is one of `web`; its id."""
        self._made += 1
        name = f"{self._made:08x}".ljust(32, "0")
        address = f"10.20.0.{self._made}"
        self.tasks.append(
            {
                "taskArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/{CLUSTER}/{name}",
                "taskDefinitionArn": definition_arn(process, number),
                "group": f"service:{PREFIX}-{process}",
                "startedBy": f"ecs-svc/{number}",
                "lastStatus": "RUNNING",
                "healthStatus": "UNKNOWN" if process == "web" else "HEALTHY",
                "createdAt": self.now - timedelta(hours=2),
                "startedAt": self.now - timedelta(hours=2),
                "cpu": "256",
                "memory": "512",
                "capacityProviderName": "FARGATE_SPOT",
                "attachments": [
                    {
                        "type": "ElasticNetworkInterface",
                        "details": [{"name": "privateIPv4Address", "value": address}],
                    }
                ],
                "containers": [{"name": process, "lastStatus": "RUNNING"}],
                **changes,
            }
        )
        if process == "web" and changes.get("lastStatus") != "STOPPED":
            self.health[address] = ("healthy", "", "")
        return name

    def lose(self, process: str) -> None:
        """One task fewer runs than is wanted."""
        service = self.services[process]
        for counted in (service, service["deployments"][0]):
            counted["runningCount"] -= 1
        lost = next(
            each
            for each in self.tasks
            if each["group"] == f"service:{PREFIX}-{process}" and each["lastStatus"] == "RUNNING"
        )
        self.tasks.remove(lost)
        self.health.pop(lost["attachments"][0]["details"][0]["value"], None)

    def fail_task(self, process: str, number: int = RELEASES, exit_code: int = 1) -> str:
        """A task whose program ended by itself a minute ago; its id."""
        return self.add_task(
            process,
            number,
            lastStatus="STOPPED",
            createdAt=self.now - timedelta(minutes=2),
            stopCode="EssentialContainerExited",
            stoppedReason="Essential container in task exited",
            containers=[{"name": process, "lastStatus": "STOPPED", "exitCode": exit_code}],
        )

    def _list_services(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        start = f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/{CLUSTER}/"
        return {"serviceArns": [f"{start}{each['serviceName']}" for each in self.services.values()]}

    def _describe_services(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        known = {each["serviceName"]: each for each in self.services.values()}
        return {"services": [known[name] for name in asked["services"] if name in known]}

    def _list_tasks(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        stopped = asked.get("desiredStatus") == "STOPPED"
        name = asked.get("serviceName")
        return {
            "taskArns": [
                each["taskArn"]
                for each in self.tasks
                if (each["lastStatus"] == "STOPPED") == stopped
                and (name is None or each["group"] == f"service:{name}")
            ]
        }

    def describe_tasks(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"tasks": [each for each in self.tasks if each["taskArn"] in asked["tasks"]]}

    def _target_health(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        return {
            "TargetHealthDescriptions": [
                {
                    "Target": {"Id": address, "Port": 8000},
                    "TargetHealth": {
                        "State": state,
                        **({"Reason": reason, "Description": text} if reason else {}),
                    },
                }
                for address, (state, reason, text) in self.health.items()
            ]
        }
