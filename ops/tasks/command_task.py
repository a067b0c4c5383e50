"""A command in a task of its own: started from a process's task definition, followed to its end."""

from __future__ import annotations

import errno
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from infra.procfile import CONSOLE
from ops.patience import Patience
from ops.tasks.interruptions import Interruptions
from ops.tasks.new_task import once_known
from ops.tasks.size import TaskSize
from release.progress import Clock, Heartbeat, Say
from release.task_end import UNKNOWN_SECONDS, TaskEnd, forgotten
from release.task_log import TaskLog
from release.task_run import TaskRequest, TaskRun

if TYPE_CHECKING:
    from ops.outputs import Outputs

# What `startedBy` of these tasks begins with; ECS takes 128 letters, digits, - / and _ in it
# [ECS API, RunTask].
MARK = "ops-run/"
_STARTED_BY_LENGTH = 128
_POLL_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True)
class Command:
    """What to run: `words` in the definition's container, instead of its own command."""

    process: str
    task_definition: str
    words: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    size: TaskSize | None = None

    def __str__(self) -> str:
        """As it would be typed."""
        return shlex.join(self.words)

    def overrides(self) -> dict[str, Any]:
        """What differs from the task definition, as RunTask takes it."""
        container = {"name": self.process, "command": list(self.words)}
        pairs = [{"name": name, "value": value} for name, value in self.environment.items()]
        size = self.size.overrides() if self.size else {}
        return {
            "containerOverrides": [container | ({"environment": pairs} if pairs else {})],
            **size,
        }


def words_of(given: Sequence[str]) -> tuple[str, ...]:
    """The words as typed; a single one with blanks is a line for the shell: `run -- "a && b"`."""
    if len(given) == 1 and re.search(r"\s", given[0]):
        return ("sh", "-c", given[0])
    return tuple(given)


def mark_of(arn: str, mark: str = MARK) -> str:
    """What marks the tasks of whoever has these credentials."""
    name = re.sub(r"[^A-Za-z0-9_-]", "-", arn.rpartition("/")[2])
    return f"{mark}{name}"[:_STARTED_BY_LENGTH]


def request_of(outputs: Outputs, process: str, task_definition: str) -> TaskRequest:
    """Where such a task runs, as the services do but reached by nobody, and what its log is."""
    return TaskRequest(
        cluster=outputs.cluster_name,
        task_definition=task_definition,
        container=process,
        subnet_ids=outputs.private_subnet_ids,
        group_ids=(outputs.jobs_group_id,),
        log_group=outputs.log_group_names["exec" if process == CONSOLE else process],
        log_prefix=process,
        timeout_seconds=0,  # it may take as long as it needs
    )


def is_without_reader(error: OSError) -> bool:
    """Whether nobody can read the output any more: a pipe or a terminal that was closed."""
    return isinstance(error, BrokenPipeError) or error.errno == errno.EIO


class CommandRun:
    """A task that was started, before a person's eyes: `show` gets each line that it prints.

    `was_told_to_stop`: a person has interrupted it before it had ended by itself. `is_all_shown`:
    nothing that it printed was left out at its end.
    """

    def __init__(
        self,
        tasks: TaskRun,
        patience: Patience,
        show: Callable[[str], None],
        say: Say,
        clock: Clock,
    ) -> None:
        self._tasks = tasks
        self._patience = patience
        self._show = show
        self._say = say
        self._clock = clock
        self._heartbeat = Heartbeat(say, clock)
        self._status = "not yet known to ECS"
        self._trouble = ""
        self.was_told_to_stop = False
        self.is_all_shown = True

    def until_ended(self, task_arn: str, interruptions: Interruptions, stopper: str) -> TaskEnd:
        """How it ended. The first Ctrl-C stops it, in the name of `stopper`; the second leaves.

        A reader who has gone stops it too: BrokenPipeError.
        """
        log = self._tasks.log(task_arn)
        began_at = self._clock.now()
        stop = partial(self._stop, task_arn, began_at)
        try:
            end = self._end_of(task_arn, log, interruptions, partial(stop, f"Ctrl-C of {stopper}"))
        except OSError as error:
            if is_without_reader(error) and not self.was_told_to_stop:
                stop(f"{stopper} reads no more")
                self._say("Nobody reads what the task prints any more, so it is stopping.")
            raise
        # The task has ended: whoever is impatient now leaves no more than its last lines.
        with suppress(KeyboardInterrupt):
            for line in log.drain(self._clock):
                self._show(line)
        self.is_all_shown = not (log.has_more or log.trouble)
        return end

    def _end_of(
        self,
        task_arn: str,
        log: TaskLog,
        interruptions: Interruptions,
        stop: Callable[[], None],
    ) -> TaskEnd:
        known_at = self._clock.now()
        while True:
            if interruptions.count and not self.was_told_to_stop:
                self._say("Stopping the task; Ctrl-C again leaves it to itself.")
                stop()
            task = self._patience.ask(lambda: self._tasks.find(task_arn))
            self._read(log)
            if task:
                known_at = self._clock.now()
                self._tell(task["lastStatus"])
                if end := self._tasks.end_of(task):
                    return end
            elif (self._clock.now() - known_at).total_seconds() > UNKNOWN_SECONDS:
                return forgotten(task_arn)
            if not log.has_more:
                self._clock.sleep(_POLL_SECONDS)

    def _stop(self, task_arn: str, began_at: datetime, why: str) -> None:
        def ask() -> None:
            self._patience.ask(lambda: self._tasks.stop(task_arn, why))

        once_known(ask, began_at, self._clock)
        self.was_told_to_stop = True

    def _read(self, log: TaskLog) -> None:
        for line in log.read():
            self._show(line)
        if log.trouble and log.trouble != self._trouble:
            self._say(f"What it prints cannot be read now: {log.trouble}")
        self._trouble = log.trouble

    def _tell(self, status: str) -> None:
        """Changes on the way up and down; a command that runs is left to speak for itself."""
        if status != self._status and status not in ("RUNNING", "STOPPED"):
            self._heartbeat.say(f"The task is {status.lower()}.")
        elif status != "RUNNING" or self.was_told_to_stop:
            self._heartbeat.beat(f"The task is {status.lower()}")
        self._status = status
