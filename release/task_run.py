"""A one-off task: how ECS is asked to run, show and stop it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from release import cluster_tasks
from release.clients import Clients
from release.task_end import TaskEnd, end_of, task_id
from release.task_log import TaskLog

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import TaskTypeDef


class NotStartedError(Exception):
    """ECS did not take the task; the message is its reason."""


@dataclass(frozen=True, kw_only=True)
class TaskRequest:
    """What ECS needs to run the task, and where its log goes.

    `cluster` and `task_definition` are ARNs; the log stream is `<log_prefix>/<container>/<id>`.
    """

    cluster: str
    task_definition: str
    container: str = "release"
    subnet_ids: Sequence[str]
    group_ids: Sequence[str]
    log_group: str
    log_prefix: str = "release"
    timeout_seconds: float


class TaskRun:
    """The one-off tasks of one kind: those of the task definition's family in its cluster."""

    def __init__(self, request: TaskRequest, clients: Clients) -> None:
        self._request = request
        self._ecs = clients.ecs
        self._logs = clients.logs

    def unfinished(self) -> dict[str, str]:
        """Who started each task that has not ended, by its ARN."""
        family = task_id(self._request.task_definition).partition(":")[0]
        return {
            task["taskArn"]: task.get("startedBy", "")
            for task in cluster_tasks.find(self._ecs, self._request.cluster, family=family)
            if not self.end_of(task)
        }

    def start(
        self,
        started_by: str,
        token: str = "",
        *,
        overrides: Mapping[str, Any] | None = None,
        can_be_entered: bool = False,
    ) -> str:
        """ARN of a new task, or of the one that was started with this token before.

        `overrides` stand in place of what the definition says, as RunTask takes them; with
        `can_be_entered` ECS Exec is on in it. NotStartedError when ECS does not take it.
        """
        more: dict[str, Any] = {"clientToken": token} if token else {}
        if overrides:
            more["overrides"] = overrides
        if can_be_entered:
            more["enableExecuteCommand"] = True
        try:
            answer = self._ecs.run_task(
                cluster=self._request.cluster,
                taskDefinition=self._request.task_definition,
                launchType="FARGATE",
                networkConfiguration={
                    "awsvpcConfiguration": {
                        "subnets": self._request.subnet_ids,
                        "securityGroups": self._request.group_ids,
                        "assignPublicIp": "DISABLED",
                    }
                },
                startedBy=started_by,
                propagateTags="TASK_DEFINITION",
                enableECSManagedTags=True,
                **more,
            )
        except self._ecs.exceptions.ConflictException as error:
            # The token started a task from other inputs: it is the same release's all the same.
            conflict: Any = error.response
            return str(conflict["resourceIds"][0])
        if answer["tasks"]:
            return answer["tasks"][0]["taskArn"]
        reasons = [
            " ".join(filter(None, (failure.get("reason"), failure.get("detail"))))
            for failure in answer["failures"]
        ]
        raise NotStartedError("; ".join(filter(None, reasons)) or "ECS gave no reason")

    def stop(self, task_arn: str, reason: str) -> None:
        """Ask ECS to end the task: TERM, and KILL after its stopTimeout."""
        self._ecs.stop_task(cluster=self._request.cluster, task=task_arn, reason=reason)

    def log(self, task_arn: str) -> TaskLog:
        """What the task prints."""
        stream = f"{self._request.log_prefix}/{self._request.container}/{task_id(task_arn)}"
        return TaskLog(self._logs, self._request.log_group, stream)

    def find(self, task_arn: str) -> "TaskTypeDef | None":
        """What ECS says of the task; None when it does not know it, yet or any more."""
        return next(
            iter(cluster_tasks.describe(self._ecs, self._request.cluster, [task_arn])), None
        )

    def end_of(self, task: "TaskTypeDef") -> TaskEnd | None:
        """How the task ended; None while it has not."""
        return end_of(task, self._request.container)
