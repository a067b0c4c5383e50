"""Tasks that no service started, stopped before their cluster goes."""

from typing import TYPE_CHECKING, Any

from release import cluster_tasks
from release.clients import Clients
from release.problems import ReleaseError
from release.progress import Clock, Heartbeat, Say

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_ecs.type_defs import TaskTypeDef

# What ECS writes into `startedBy` of a service's tasks [ECS API, Task].
SERVICE_PREFIX = "ecs-svc/"
REASON = "the stack is being destroyed"
POLL_SECONDS = 2.0
# The longest stop timeout of a container on Fargate, and what ECS needs beside it.
PATIENCE_SECONDS = 240


def stop_all(cluster_arn: str, clients: Clients, say: Say, clock: Clock) -> None:
    """Stop the cluster's one-off tasks and wait until none runs; ReleaseError when some will not.

    A cluster that is gone has none.
    """
    heartbeat = Heartbeat(say, clock)
    began = clock.now()
    told: set[str] = set()
    while running := _one_off_tasks(clients.ecs, cluster_arn):
        for task in running:
            arn = task["taskArn"]
            if arn not in told:
                heartbeat.say(f"stopping the task {_name(task)}, as {REASON}")
                clients.ecs.stop_task(cluster=cluster_arn, task=arn, reason=REASON)
                told.add(arn)
        if (clock.now() - began).total_seconds() > PATIENCE_SECONDS:
            names = ", ".join(_name(task) for task in running)
            raise ReleaseError(
                f"These tasks have not stopped within {PATIENCE_SECONDS} s: {names}.\n"
                "Look at them in the ECS console, then destroy again."
            )
        heartbeat.beat(f"waiting for {len(running)} task(s) to stop")
        clock.sleep(POLL_SECONDS)


def _one_off_tasks(ecs: "ECSClient", cluster_arn: str) -> "list[TaskTypeDef]":
    """What has not stopped yet; tasks of services end with their service."""
    try:
        found = cluster_tasks.find(ecs, cluster_arn)
    except ecs.exceptions.ClusterNotFoundException:
        return []
    return [task for task in found if _is_one_off(task) and task["lastStatus"] != "STOPPED"]


def _is_one_off(task: Any) -> bool:
    return not str(task.get("startedBy", "")).startswith(SERVICE_PREFIX)


def _name(task: Any) -> str:
    return str(task["taskArn"].rpartition("/")[2])
