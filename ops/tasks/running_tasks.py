"""Tasks that run, as a person names them: `3f2a91bc`, `web.3f2a91bc`, or by a process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ops.problems import OpsError
from release import cluster_tasks
from release.one_off import SERVICE_PREFIX
from release.task_end import task_id

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_ecs.type_defs import TaskTypeDef

SHOWN_DIGITS = 8


def running_tasks(ecs: ECSClient, cluster: str) -> list[TaskTypeDef]:
    """All that have not stopped, the oldest first."""
    found = cluster_tasks.find(ecs, cluster)
    alive = [task for task in found if task["lastStatus"] != "STOPPED"]
    return sorted(alive, key=lambda task: task["createdAt"])


def named(tasks: Sequence[TaskTypeDef], name: str) -> TaskTypeDef:
    """The one whose id begins so; OpsError, with those that there are, when there is not one."""
    digits = name.rpartition(".")[2]
    found = [task for task in tasks if digits and task_id(task["taskArn"]).startswith(digits)]
    if len(found) == 1:
        return found[0]
    if found:
        raise OpsError(
            f"{name!r} is the beginning of several tasks: {_names(found)}.\nWrite more of it.",
            exit_code=2,
        )
    there = f"there are: {_names(tasks)}" if tasks else "none runs"
    raise OpsError(f"There is no running task {name!r}; {there}.", exit_code=2)


def one_off_task(ecs: ECSClient, cluster: str, name: str) -> TaskTypeDef:
    """A task that no service started; OpsError when there is no such."""
    tasks = running_tasks(ecs, cluster)
    return named([each for each in tasks if not is_of_service(each)], name)


def family_of(task: TaskTypeDef) -> str:
    """The family of its task definition, such as `flaskapp-staging-release`."""
    return task_id(task["taskDefinitionArn"]).partition(":")[0]


def container_of(task: TaskTypeDef) -> Mapping[str, Any]:
    """The container of the task's process, as ECS describes it; empty while there is none.

    AWS may put one of its own beside it, in no order [GuardDuty user guide, "How Runtime
    Monitoring works with Fargate"].
    """
    containers: Sequence[Any] = task.get("containers", ())
    family = family_of(task)
    own = (each for each in containers if family.endswith(f"-{each['name']}"))
    return next(own, {})


def is_of_service(task: TaskTypeDef) -> bool:
    """Whether a service started it, and would start another one in its place."""
    return process_of(task) is not None


def process_of(task: TaskTypeDef) -> str | None:
    """Name of the service that the task belongs to; None when it has none."""
    return service_of(task.get("group", ""), task.get("startedBy", ""))


def service_of(group: str, started_by: str) -> str | None:
    """The same by what ECS tells of a task; empty where it belongs to one that is not named."""
    if group.startswith("service:"):
        return group.removeprefix("service:")
    return "" if started_by.startswith(SERVICE_PREFIX) else None


def _names(tasks: Sequence[TaskTypeDef]) -> str:
    return ", ".join(
        f"{container_of(each).get('name', 'task')}.{task_id(each['taskArn'])[:SHOWN_DIGITS]}"
        for each in tasks
    )
