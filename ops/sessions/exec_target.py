"""The task that a session goes to, and why it cannot be entered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from infra.procfile import WEB
from ops.problems import OpsError
from ops.tasks.running_tasks import (
    SHOWN_DIGITS,
    container_of,
    named,
    process_of,
    running_tasks,
)
from release.task_end import task_id

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_ecs.type_defs import TaskTypeDef

    from ops.outputs import Outputs

_AGENT = "ExecuteCommandAgent"


@dataclass(frozen=True, kw_only=True)
class Target:
    """A container that can be entered; `id` is its task's.

    That of a task which `is_new` may not be connected yet.
    """

    cluster: str
    id: str
    container: str
    runtime_id: str
    is_new: bool = False

    @property
    def name(self) -> str:
        """As `logs` shows it."""
        return f"{self.container}.{self.id[:SHOWN_DIGITS]}"

    @property
    def address(self) -> str:
        """What Session Manager calls it [aws-cli, ecs/executecommand.py]."""
        return f"ecs:{self.cluster}_{self.id}_{self.runtime_id}"


def target_of(cluster: str, task: TaskTypeDef, *, is_new: bool = False) -> Target:
    """The container of a task's process."""
    container = container_of(task)
    return Target(
        cluster=cluster,
        id=task_id(task["taskArn"]),
        container=container["name"],
        runtime_id=container["runtimeId"],
        is_new=is_new,
    )


def agent_of(task: TaskTypeDef) -> Mapping[str, str]:
    """The exec agent of that container, as ECS describes it; empty while there is none."""
    agents: Sequence[Any] = container_of(task).get("managedAgents", ())
    return next((agent for agent in agents if agent.get("name") == _AGENT), {})


class TaskChooser:
    """Finds the task to enter; OpsError, with the fix, when none can be."""

    def __init__(self, ecs: ECSClient, outputs: Outputs, stack: str) -> None:
        self._ecs = ecs
        self._outputs = outputs
        self._stack = stack

    def choose(self, name: str) -> Target:
        """The task of that name, or one of the process of that name."""
        tasks = running_tasks(self._ecs, self._outputs.cluster_name)
        if name not in self._outputs.service_names:
            return self._enter(named(tasks, name))
        own = self._of_process(name, tasks)
        if not own:
            raise OpsError(
                f"No task of {name} runs, so there is none to enter.\n`bin/ops ps {name}` says why."
            )
        able = [task for task in own if not self._trouble(task)]
        return self._enter((able or own)[0])

    def any_ready(self, process: str) -> Target | None:
        """A task of the process that can be entered and is to stay; None without one."""
        tasks = running_tasks(self._ecs, self._outputs.cluster_name)
        able = [
            task
            for task in self._of_process(process, tasks)
            if _can_be_entered(task) and not _is_being_stopped(task)
        ]
        return self._enter(able[0]) if able else None

    def _of_process(self, process: str, tasks: Sequence[TaskTypeDef]) -> list[TaskTypeDef]:
        """The newest first, as a rollout stops the others; behind all what ECS stops already."""
        service = self._outputs.service_names[process]
        own = [task for task in reversed(tasks) if process_of(task) == service]
        return sorted(own, key=_is_being_stopped)

    def _enter(self, task: TaskTypeDef) -> Target:
        if trouble := self._trouble(task):
            raise OpsError(trouble)
        return target_of(self._outputs.cluster_name, task)

    def _trouble(self, task: TaskTypeDef) -> str:
        """Why this one cannot be entered, and the fix; empty when it can."""
        name = task_id(task["taskArn"])[:SHOWN_DIGITS]
        if not task.get("enableExecuteCommand"):
            return self._not_enabled(name, process_of(task))
        if _can_be_entered(task):
            return ""
        agent = agent_of(task)
        state, reason = agent.get("lastStatus", "PENDING"), agent.get("reason", "")
        if state == "PENDING" or task["lastStatus"] != "RUNNING":
            return (
                f"The task {name} is {task['lastStatus'].lower()}, and its exec agent "
                f"{state.lower()}: it cannot be entered yet.\nRepeat this in half a minute."
            )
        why = f" ({reason})" if reason else ""
        return (
            f"The exec agent of the task {name} has stopped{why}, so it cannot be entered.\n"
            "`bin/ops restart` replaces the task. If it stops again: the task must reach "
            "ssmmessages on port 443, and its role may open channels there; `bin/ops doctor`."
        )

    def _not_enabled(self, name: str, service: str | None) -> str:
        """By whose setting: the service's, or none at all."""
        process = next((p for p, s in self._outputs.service_names.items() if s == service), None)
        if process is None:
            return (
                f"The task {name} is neither a console nor one of web, and only those can be "
                f"entered.\nWhat it prints: `bin/ops logs -f --task {name}`. `bin/ops shell` opens "
                "a console."
            )
        if process != WEB:
            return (
                f"Tasks of {process} cannot be entered: only those of web and consoles get the "
                "rights and the folders that ECS Exec needs.\nA console: `bin/ops shell`. A "
                f"command with {process}'s configuration: `bin/ops run --process {process} -- "
                "COMMAND`."
            )
        if self._is_enabled(self._outputs.service_names[process]):
            return (
                f"The task {name} is older than the setting that lets people enter it.\n"
                f"`bin/ops restart {process}` replaces it; then repeat this."
            )
        return (
            f"Nobody can enter tasks of {self._stack} that serve: ECS Exec is switched off for "
            f"them, as `exec-enabled` under flask-fargate:service in Pulumi.{self._stack}.yaml "
            "says.\n"
            "`bin/ops shell` opens a shell in a task of its own, `bin/ops run -- COMMAND` runs a "
            "command in one; both have web's configuration. For the tasks that serve write "
            f"`exec-enabled: true` there and run `make up STACK={self._stack}`, which replaces "
            "them."
        )

    def _is_enabled(self, service: str) -> bool:
        answer = self._ecs.describe_services(cluster=self._outputs.cluster_name, services=[service])
        return any(each.get("enableExecuteCommand") for each in answer["services"])


def _is_being_stopped(task: TaskTypeDef) -> bool:
    return task.get("desiredStatus") == "STOPPED"


def _can_be_entered(task: TaskTypeDef) -> bool:
    runs = task["lastStatus"] == "RUNNING" and agent_of(task).get("lastStatus") == "RUNNING"
    return runs and bool(task.get("enableExecuteCommand"))
