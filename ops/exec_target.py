"""The task that a session goes to, and why it cannot be entered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from infra.procfile import WEB
from ops.problems import OpsError
from ops.running_tasks import SHOWN_DIGITS, named, process_of, running_tasks
from release.task_end import task_id

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_ecs.type_defs import TaskTypeDef

    from ops.outputs import Outputs

_AGENT = "ExecuteCommandAgent"


@dataclass(frozen=True, kw_only=True)
class Target:
    """A container that can be entered; `id` is its task's."""

    cluster: str
    id: str
    container: str
    runtime_id: str

    @property
    def name(self) -> str:
        """As `logs` shows it."""
        return f"{self.container}.{self.id[:SHOWN_DIGITS]}"

    @property
    def address(self) -> str:
        """What Session Manager calls it [aws-cli, ecs/executecommand.py]."""
        return f"ecs:{self.cluster}_{self.id}_{self.runtime_id}"


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
        service = self._outputs.service_names[name]
        own = [task for task in tasks if process_of(task) == service]
        if not own:
            raise OpsError(
                f"No task of {name} runs, so there is none to enter.\n`bin/ops ps {name}` says why."
            )
        able = [task for task in own if not self._trouble(task)]
        return self._enter((able or own)[0])

    def _enter(self, task: TaskTypeDef) -> Target:
        if trouble := self._trouble(task):
            raise OpsError(trouble)
        container: Any = task["containers"][0]
        return Target(
            cluster=self._outputs.cluster_name,
            id=task_id(task["taskArn"]),
            container=container["name"],
            runtime_id=container["runtimeId"],
        )

    def _trouble(self, task: TaskTypeDef) -> str:
        """Why this one cannot be entered, and the fix; empty when it can."""
        name = task_id(task["taskArn"])[:SHOWN_DIGITS]
        if not task.get("enableExecuteCommand"):
            return self._not_enabled(name, process_of(task))
        agent = _agent(task.get("containers", ()))
        state, reason = agent.get("lastStatus", "PENDING"), agent.get("reason", "")
        if state == "RUNNING" and task["lastStatus"] == "RUNNING":
            return ""
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
                f"The task {name} is not a service's, and only those can be entered.\n"
                f"What it prints: `bin/ops logs -f --task {name}`."
            )
        if process != WEB:
            return (
                f"Tasks of {process} cannot be entered: only those of web get the rights and the "
                f"folders that ECS Exec needs.\nA command with {process}'s configuration: "
                f"`bin/ops run --process {process} -- COMMAND`."
            )
        if self._is_enabled(self._outputs.service_names[process]):
            return (
                f"The task {name} is older than the setting that lets people enter it.\n"
                f"`bin/ops restart {process}` replaces it; then repeat this."
            )
        return (
            f"Nobody can enter tasks of {self._stack}: ECS Exec is switched off, as `exec-enabled` "
            f"under flask-fargate:service in Pulumi.{self._stack}.yaml says.\nWrite "
            f"`exec-enabled: true` there and run `make up STACK={self._stack}`, which replaces the "
            "tasks. A command in a task of its own needs no such thing: `bin/ops run -- COMMAND`."
        )

    def _is_enabled(self, service: str) -> bool:
        answer = self._ecs.describe_services(cluster=self._outputs.cluster_name, services=[service])
        return any(each.get("enableExecuteCommand") for each in answer["services"])


def _agent(containers: Sequence[Any]) -> Mapping[str, str]:
    """The exec agent of a task's one container, as ECS describes it."""
    agents = [agent for each in containers for agent in each.get("managedAgents", ())]
    return next((agent for agent in agents if agent.get("name") == _AGENT), {})
