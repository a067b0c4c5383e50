"""Tasks as ECS lists and describes them, whatever becomes of them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_ecs.type_defs import TaskTypeDef

# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html
_TASKS_A_CALL = 100
# A task that is being stopped still runs, though it is no longer listed as RUNNING.
_STATUSES: tuple[Literal["RUNNING", "STOPPED"], ...] = ("RUNNING", "STOPPED")


def find(ecs: "ECSClient", cluster: str, **where: Any) -> "list[TaskTypeDef]":
    """What runs and what stopped within ECS's memory (an hour at least).

    `where` are further filters of ListTasks, such as `family` or `serviceName`.
    """
    pages = ecs.get_paginator("list_tasks")
    # A task that begins to stop between the two listings is in both.
    arns = dict.fromkeys(
        arn
        for status in _STATUSES
        for page in pages.paginate(cluster=cluster, desiredStatus=status, **where)
        for arn in page["taskArns"]
    )
    return describe(ecs, cluster, list(arns))


def describe(ecs: "ECSClient", cluster: str, task_arns: Sequence[str]) -> "list[TaskTypeDef]":
    """What ECS says of each that it knows."""
    return [
        task
        for first in range(0, len(task_arns), _TASKS_A_CALL)
        for task in ecs.describe_tasks(
            cluster=cluster, tasks=task_arns[first : first + _TASKS_A_CALL]
        )["tasks"]
    ]
