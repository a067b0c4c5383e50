"""A console: a task of a release's own that one person enters, and that ends behind them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from infra.container import CONSOLE_SECONDS
from ops.patience import Patience
from ops.problems import OpsError
from ops.sessions.exec_target import Target, agent_of, target_of
from ops.tasks.command_end import remedy
from ops.tasks.heard import said_if_heard
from ops.tasks.interruptions import Interruptions, closed_terminal_is_ctrl_c
from ops.tasks.new_task import is_unknown, once_known
from ops.tasks.running_tasks import SHOWN_DIGITS
from release.aws_errors import AwsError, in_words
from release.progress import Clock, Heartbeat, Say
from release.task_end import TaskEnd, task_id
from release.task_run import NotStartedError, TaskRun

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import TaskTypeDef

    from ops.tasks.size import TaskSize

# What `startedBy` of these tasks begins with.
MARK = "ops-console/"
_POLL_SECONDS = 1.0
# So long nothing may change on the way to a task that can be entered; a large image takes a minute.
_STUCK_SECONDS = 180.0
_READY = "RUNNING"


class Console:
    """Starts such a task, waits until it can be entered, and stops it."""

    def __init__(self, tasks: TaskRun, patience: Patience, say: Say, clock: Clock) -> None:
        self._tasks = tasks
        self._patience = patience
        self._say = say
        self._tell = said_if_heard(say)
        self._clock = clock

    @contextmanager
    def opened(self, cluster: str, size: TaskSize | None, mark: str) -> Iterator[Target]:
        """The task, ready to be entered for as long as this is, and stopped however it is left.

        If this machine dies first the task ends by itself, an hour after it began.
        """
        task_arn, began_at = "", self._clock.now()
        with closed_terminal_is_ctrl_c():
            try:
                # Interrupted while ECS answers, nobody would know which task to stop.
                with Interruptions() as interruptions:
                    task_arn = self._start(size, mark)
                if interruptions.count:
                    raise KeyboardInterrupt
                self._tell(
                    f"The console task {_name(task_arn)} starts, in half a minute or so; it stops "
                    "when you leave it, or by itself after an hour."
                )
                yield target_of(cluster, self._until_ready(task_arn), is_new=True)
            finally:
                if task_arn:
                    self._end(task_arn, began_at, mark.removeprefix(MARK))

    def _start(self, size: TaskSize | None, mark: str) -> str:
        """Its ARN, and not a word once ECS has taken it: whoever cannot hear must not lose it."""
        try:
            return self._tasks.start(
                mark, overrides=size.overrides() if size else {}, can_be_entered=True
            )
        except NotStartedError as error:
            raise OpsError(
                f"ECS did not take the console task: {error}.\nRepeat it in a minute; `bin/ops "
                "doctor` looks for what commonly causes that."
            ) from None
        except KeyboardInterrupt:
            self._tell(
                "Whether ECS has started a console task is not known; it would end by itself "
                "within the hour, and `bin/ops ps` shows it."
            )
            raise

    def _until_ready(self, task_arn: str) -> TaskTypeDef:
        heartbeat = Heartbeat(self._say, self._clock)
        state, changed_at = "not yet known to ECS", self._clock.now()
        while True:
            task = self._patience.ask(lambda: self._tasks.find(task_arn))
            now_is = self._state(task) if task else state
            if task and now_is == _READY:
                return task
            if now_is != state:
                state, changed_at = now_is, self._clock.now()
                heartbeat.say(f"The console task {state}.")
            elif (self._clock.now() - changed_at).total_seconds() > _STUCK_SECONDS:
                raise OpsError(
                    f"The console task {_name(task_arn)} {state}, and nothing more has happened "
                    f"within {_STUCK_SECONDS:.0f} s.\nRepeat this; if it stays so, `bin/ops "
                    f"doctor` looks for the reason. {_AGENT_NEEDS}"
                )
            heartbeat.beat(f"The console task {state}")
            self._clock.sleep(_POLL_SECONDS)

    def _state(self, task: TaskTypeDef) -> str:
        """Such as `is pending`, or _READY; OpsError when it cannot become that any more."""
        if end := self._tasks.end_of(task):
            raise OpsError(_why_ended(end))
        agent = agent_of(task)
        status = agent.get("lastStatus", "PENDING")
        if task["lastStatus"] != "RUNNING":
            return f"is {task['lastStatus'].lower()}"
        if status == "STOPPED":
            why = f" ({agent['reason']})" if agent.get("reason") else ""
            raise OpsError(
                f"The exec agent of the console task {_name(task['taskArn'])} has stopped{why}, so "
                f"it cannot be entered.\n{_AGENT_NEEDS} `bin/ops doctor` looks at the rest."
            )
        return _READY if status == "RUNNING" else "runs, and its exec agent is starting"

    def _end(self, task_arn: str, began_at: datetime, who: str) -> None:
        """Stop it; what is said may reach nobody, where the terminal is gone."""
        name = _name(task_arn)
        is_over = (self._clock.now() - began_at).total_seconds() > CONSOLE_SECONDS
        if is_over:
            said = "The console has ended by itself: it lives for an hour. Open another one."
        else:
            said = f"The console task {name} stops."
        left = f"It ends by itself within the hour; to end it now: bin/ops run --stop {name}"
        try:
            with Interruptions():
                once_known(lambda: self._stop(task_arn, who), began_at, self._clock)
        except AwsError as error:
            # One whose hour was over long ago is forgotten.
            if not (is_over and is_unknown(error)):
                said = f"The console task {name} could not be stopped: {in_words(error)}\n{left}"
        except BaseException:
            self._tell(f"The console task {name} may still run. {left}")
            raise
        self._tell(said)

    def _stop(self, task_arn: str, who: str) -> None:
        self._patience.ask(lambda: self._tasks.stop(task_arn, f"left by {who}"))


_AGENT_NEEDS = (
    "Its agent must reach ssmmessages on port 443, and the role of console tasks may open channels "
    "there."
)


def _name(task_arn: Any) -> str:
    return task_id(task_arn)[:SHOWN_DIGITS]


def _why_ended(end: TaskEnd) -> str:
    if "CannotStartContainer" in end.reason:
        fix = "A console waits by the program `sleep`, which the image must have."
    else:
        fix = remedy(end.reason)
    return (
        f"The console task {_name(end.task_arn)} ended before it could be entered: "
        f"{end.reason.rstrip('.')}.\n{fix}"
    )
