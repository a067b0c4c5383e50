"""Follows a one-off task to its end, before a person's eyes."""

from dataclasses import replace
from datetime import timedelta

from release.plain_text import clean
from release.progress import Clock, Heartbeat, Say
from release.task_end import UNKNOWN_SECONDS, TaskEnd, forgotten, task_id
from release.task_run import TaskRun

_POLL_SECONDS = 2.0
# The longest stopTimeout on Fargate is 120 s [ECS API, ContainerDefinition].
_STOP_SECONDS = 240.0


class TaskWatch:
    """One task, whose log lines and changes are said as they come, each after `label`."""

    def __init__(self, run: TaskRun, task_arn: str, label: str, say: Say, clock: Clock) -> None:
        self.log = run.log(task_arn)
        self._run = run
        self._task_arn = task_arn
        self._label = label
        self._clock = clock
        self._heartbeat = Heartbeat(say, clock)
        self._status = "not yet known to ECS"
        self._known_at = clock.now()

    def until_ended(self, timeout_seconds: float) -> TaskEnd:
        """How the task ended; stopped, and failed, when it takes longer.

        The time counts from now by this machine's clock, also for a task that is older.
        """
        end = self._wait(timeout_seconds) or self._stop(f"took longer than {timeout_seconds:g} s")
        for line in self.log.drain(self._clock):
            self._show(line)
        if self.log.has_more:
            self._heartbeat.say(
                f"{self._label}: {self._named} has printed more than there was time to show: see "
                f"the log group {self.log.group}, stream {self.log.stream}"
            )
        return end

    def _wait(self, seconds: float) -> TaskEnd | None:
        deadline = self._clock.now() + timedelta(seconds=seconds)
        while True:
            end = self._look()
            for line in self.log.read():
                self._show(line)
            if end or self._clock.now() >= deadline:
                return end
            self._heartbeat.beat(f"{self._label}: {self._named} is {self._status}")
            if not self.log.has_more:
                self._clock.sleep(_POLL_SECONDS)

    def _look(self) -> TaskEnd | None:
        task, now = self._run.find(self._task_arn), self._clock.now()
        if not task:
            lost = (now - self._known_at).total_seconds() > UNKNOWN_SECONDS
            return forgotten(self._task_arn) if lost else None
        self._known_at = now
        if task["lastStatus"] != self._status:
            self._status = task["lastStatus"]
            self._heartbeat.say(f"{self._label}: {self._named} is {self._status}")
        return self._run.end_of(task)

    def _stop(self, why: str) -> TaskEnd:
        self._heartbeat.say(f"{self._label}: {self._named} {why} and is being stopped")
        self._run.stop(self._task_arn, f"The release task {why}.")
        end = self._wait(_STOP_SECONDS) or TaskEnd(
            task_arn=self._task_arn,
            exit_code=None,
            reason=f"ECS has not stopped it within {_STOP_SECONDS:g} s: it may still run",
            succeeded=False,
        )
        # It may have ended by itself at the last moment.
        return end if end.succeeded else replace(end, timed_out=True, reason=f"{why}; {end.reason}")

    @property
    def _named(self) -> str:
        return f"task {task_id(self._task_arn)}"

    def _show(self, line: str) -> None:
        for each in line.splitlines() or [""]:
            self._heartbeat.say(f"{self._label} | {clean(each)}")
