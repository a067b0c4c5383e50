"""How a one-off task ended, judged from what ECS says of it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import TaskTypeDef

# The stop code of a task whose own process ended it [ECS API, Task]. With any other, an exit code
# of 0 only says that the process obeyed when it was told to stop.
_BY_ITSELF = "EssentialContainerExited"
# DescribeTasks may not know a new task at once, no page says for how long, and forgets a stopped
# one after an hour or more [ECS API, RunTask and DescribeTasks].
UNKNOWN_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class TaskEnd:
    """The end of one task; without an exit code it never started, or nobody knows any more."""

    task_arn: str
    exit_code: int | None
    reason: str
    succeeded: bool
    timed_out: bool = False


def task_id(task_arn: str) -> str:
    """The last part of a task's ARN, which names its log stream."""
    return task_arn.rpartition("/")[2]


def end_of(task: "TaskTypeDef", container: str) -> TaskEnd | None:
    """How the task ended, judged by that container; None while it has not.

    It has once ECS knows both exit code and stop code; the task itself is STOPPED only when its
    network interface is gone too, many seconds later.
    """
    containers = task.get("containers", [])
    found = next((each for each in containers if each.get("name") == container), None)
    exit_code = found.get("exitCode") if found else None
    stop_code = task.get("stopCode", "")
    if task["lastStatus"] != "STOPPED" and (exit_code is None or not stop_code):
        return None
    why = (task.get("stoppedReason", ""), found.get("reason", "") if found else "")
    reason = ": ".join(filter(None, (stop_code, "; ".join(dict.fromkeys(filter(None, why))))))
    return TaskEnd(
        task_arn=task["taskArn"],
        exit_code=exit_code,
        reason=reason or "ECS gave no reason",
        succeeded=exit_code == 0 and stop_code == _BY_ITSELF,
    )


def forgotten(task_arn: str) -> TaskEnd:
    """The end of a task that ECS no longer knows."""
    return TaskEnd(
        task_arn=task_arn,
        exit_code=None,
        reason="ECS no longer knows the task, nor how it ended",
        succeeded=False,
    )
