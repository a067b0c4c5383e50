"""A recorded rollout: what ECS, the balancer and CloudWatch answer at one moment after the other.

Answers have the shapes and words of AWS's documentation; botocore's models check the shapes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from release import rollout
from release.clients import Clients
from release.look import POLL_SECONDS
from release.record import Record
from release.rollout import RolloutRequest, WatchedService
from tests.release.answering import RefusedError, Sts, answering
from tests.release.fake_clock import BEGIN, FakeClock
from tests.release.fake_table import FakeTable
from tests.release.records import IMAGE

ARN = "arn:aws:ecs:eu-central-1:111122223333"
CLUSTER = f"{ARN}:cluster/flaskapp-prod"
GROUP = f"{ARN.replace(':ecs:', ':elasticloadbalancing:')}:targetgroup/flaskapp-prod-web/0123"
STARTED = "ECS deployment circuit breaker: tasks failed to start."
BACK = "ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/12."
MISMATCH = "Health checks failed with these codes: [500]"


def at(seconds: float) -> datetime:
    """A time after the watch's beginning."""
    return BEGIN + timedelta(seconds=seconds)


def revision(number: int, process: str = "web") -> str:
    return f"{ARN}:task-definition/flaskapp-prod-{process}:{number}"


def deployment(
    number: int,
    *,
    running: int,
    desired: int = 2,
    status: str = "PRIMARY",
    state: str = "COMPLETED",
    reason: str = "",
    failed: int = 0,
    created: float = -1,
    process: str = "web",
    deployment_id: str = "",
) -> dict[str, Any]:
    return {
        "id": deployment_id or f"ecs-svc/{number}",
        "status": status,
        "taskDefinition": revision(number, process),
        "desiredCount": desired,
        "runningCount": running,
        "pendingCount": max(desired - running, 0),
        "failedTasks": failed,
        "rolloutState": state,
        "rolloutStateReason": reason or f"ECS deployment ecs-svc/{number} in progress.",
        "createdAt": at(created),
        "updatedAt": at(created),
    }


def old(running: int = 2, number: int = 12, **fields: Any) -> dict[str, Any]:
    """The release before, on its way out."""
    fields = {"status": "ACTIVE", "created": -86400, **fields}
    return deployment(number, running=running, **fields)


def service(
    *deployments: dict[str, Any],
    desired: int = 2,
    name: str = "web",
    status: str = "ACTIVE",
    events: tuple[tuple[float, str], ...] = (),
    grace: int = 15,
) -> dict[str, Any]:
    return {
        "serviceArn": f"{ARN}:service/flaskapp-prod/{name}",
        "serviceName": name,
        "clusterArn": CLUSTER,
        "status": status,
        "desiredCount": desired,
        "runningCount": sum(each["runningCount"] for each in deployments),
        "pendingCount": sum(each["pendingCount"] for each in deployments),
        "healthCheckGracePeriodSeconds": grace,
        "deployments": list(deployments),
        "events": [
            {"id": f"e{i}", "createdAt": at(seconds), "message": f"(service {name}) {message}"}
            for i, (seconds, message) in enumerate(sorted(events, reverse=True))
        ],
    }


def task(
    task_id: str,
    number: int = 14,
    *,
    status: str = "RUNNING",
    address: str = "",
    created: float = 0,
    code: str = "",
    reason: str = "",
    exit_code: int | None = None,
    why: str = "",
    health: str = "UNKNOWN",
    process: str = "web",
) -> dict[str, Any]:
    container: dict[str, Any] = {"name": process, "lastStatus": status}
    if exit_code is not None:
        container["exitCode"] = exit_code
    if why:
        container["reason"] = why
    shown: dict[str, Any] = {
        "taskArn": f"{ARN}:task/flaskapp-prod/{task_id}",
        "taskDefinitionArn": revision(number, process),
        "lastStatus": status,
        "desiredStatus": "STOPPED" if code else "RUNNING",
        "healthStatus": health,
        "group": f"service:{process}",
        "createdAt": at(created),
        "containers": [container],
        "attachments": [],
    }
    if address:
        details = [{"name": "privateIPv4Address", "value": address}]
        shown["attachments"] = [{"type": "ElasticNetworkInterface", "details": details}]
    return {**shown, "stopCode": code, "stoppedReason": reason} if code else shown


def crashed(task_id: str, **fields: Any) -> dict[str, Any]:
    """A task whose program ended with exit code 1."""
    fields = {"exit_code": 1, "code": "EssentialContainerExited", **fields}
    return task(task_id, status="STOPPED", reason="Essential container in task exited", **fields)


def target(address: str, state: str = "healthy", reason: str = "", why: str = "") -> dict[str, Any]:
    health = {"State": state, **({"Reason": reason, "Description": why} if reason else {})}
    return {"Target": {"Id": address, "Port": 8000}, "TargetHealth": health}


def sick(address: str) -> dict[str, Any]:
    return target(address, "unhealthy", "Target.ResponseCodeMismatch", MISMATCH)


@dataclass(frozen=True)
class Moment:
    """What AWS answers between two looks; `refusal` is what it answers DescribeServices."""

    services: tuple[dict[str, Any], ...]
    tasks: tuple[dict[str, Any], ...] = ()
    targets: tuple[dict[str, Any], ...] = ()
    refusal: RefusedError | None = None


def watched(process: str = "web", number: int = 14) -> WatchedService:
    return WatchedService(
        process=process,
        service_name=process,
        task_definition=revision(number, process),
        target_group_arn=GROUP if process == "web" else None,
        log_group=f"/flaskapp-prod/{process}",
        log_prefix=process,
        container=process,
    )


@dataclass
class Scene:
    """Moments in a row, the last of which stays; what was asked for and said is kept."""

    moments: list[Moment]
    logs: Mapping[str, list[str]] = field(default_factory=dict)
    processes: tuple[str, ...] = ("web",)
    timeout_seconds: int = 600
    clock: FakeClock = field(default_factory=FakeClock)
    table: FakeTable = field(default_factory=FakeTable)
    said: list[str] = field(default_factory=list)
    updates: list[dict[str, Any]] = field(default_factory=list)
    deaf_after: float = float("inf")

    def play(self) -> Record:
        """Watch the rollout of revision 14 of every process."""
        return rollout.watch(self.request(), self.clients(), self.say, self.clock)

    def request(self) -> RolloutRequest:
        return RolloutRequest(
            prefix="flaskapp-prod",
            table_name="releases",
            cluster=CLUSTER,
            services=tuple(watched(process) for process in self.processes),
            timeout_seconds=self.timeout_seconds,
            image=IMAGE,
            command="flask deploy",
            configuration="c1",
            schema="s1",
            one_off_task_definitions={
                "release": revision(14, "release"),
                "console": revision(14, "console"),
            },
            root=Path("/nonexistent"),
        )

    def clients(self) -> Clients:
        return answering(ecs=self, elbv2=self, logs=self, sts=Sts(), dynamodb=self.table)

    def say(self, line: str) -> None:
        if self.clock.elapsed() > self.deaf_after:
            raise BrokenPipeError
        self.said.append(line)

    @property
    def now(self) -> Moment:
        passed = int(self.clock.elapsed() / POLL_SECONDS)
        return self.moments[min(passed, len(self.moments) - 1)]

    def describe_services(self, cluster: str, services: list[str]) -> dict[str, Any]:
        if self.now.refusal:
            raise self.now.refusal
        found = [each for each in self.now.services if each["serviceName"] in services]
        missing = set(services) - {each["serviceName"] for each in found}
        failures = [{"arn": f"{ARN}:service/{name}", "reason": "MISSING"} for name in missing]
        return {"services": found, "failures": failures}

    def list_tasks(self, **asked: str) -> dict[str, Any]:
        return {
            "taskArns": [
                each["taskArn"]
                for each in self.now.tasks
                if each["desiredStatus"] == asked["desiredStatus"]
                and each["group"] == f"service:{asked['serviceName']}"
            ]
        }

    def describe_tasks(self, cluster: str, tasks: list[str]) -> dict[str, Any]:
        assert tasks, "ECS refuses an empty list"
        return {
            "tasks": [each for arn in tasks for each in self.now.tasks if each["taskArn"] == arn]
        }

    def describe_target_health(self, **asked: str) -> dict[str, Any]:
        assert asked == {"TargetGroupArn": GROUP}
        return {"TargetHealthDescriptions": list(self.now.targets)}

    def get_log_events(self, **asked: Any) -> dict[str, Any]:
        assert not asked["startFromHead"], "the first lines say nothing of the end"
        stream = asked["logStreamName"]
        if stream not in self.logs:
            raise RefusedError("ResourceNotFoundException")
        lines = self.logs[stream][-asked["limit"] :]
        return {"events": [{"message": line, "timestamp": 0} for line in lines]}

    def update_service(self, **asked: Any) -> dict[str, Any]:
        self.updates.append(asked)
        process = asked["service"]
        created = self.clock.elapsed()
        now = next(each for each in self.now.services if each["serviceName"] == process)
        # Without a revision ECS takes the one that the service has.
        wanted = asked.get("taskDefinition") or now["deployments"][0]["taskDefinition"]
        fresh = deployment(
            int(wanted.rpartition(":")[2]),
            running=0,
            state="IN_PROGRESS",
            created=created,
            process=process,
            deployment_id="ecs-svc/asked",
        )
        return {"service": service(fresh, name=process)}
