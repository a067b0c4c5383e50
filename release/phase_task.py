"""The task of one release: found again after an interruption, or started; never beside another."""

from dataclasses import replace

from release.ledger import Ledger
from release.problems import ReleaseError
from release.progress import Clock, Say
from release.record import PhaseResult, Record
from release.task_end import TaskEnd, forgotten, task_id
from release.task_run import TaskRun
from release.task_watch import TaskWatch


class PhaseTask:
    """What a release does with tasks; its record names a task as soon as there is one."""

    def __init__(
        self, tasks: TaskRun, ledger: Ledger, timeout_seconds: float, say: Say, clock: Clock
    ) -> None:
        self._tasks = tasks
        self._ledger = ledger
        self._timeout_seconds = timeout_seconds
        self._say = say
        self._clock = clock

    def wait_for_others(self, release: Record | None) -> str | None:
        """ARN of that release's own task if it runs; nobody else's runs any more."""
        own = None
        for task_arn, started_by in self._tasks.unfinished().items():
            if release and started_by == _started_by(release):
                own = task_arn
            else:
                self._wait_for(task_arn, started_by or "another task")
        return own

    def result(self, phase: PhaseResult) -> PhaseResult:
        """What is known by now of a phase that nobody followed to its end."""
        if phase.outcome != "running" or not phase.task_arn:
            return phase
        task = self._tasks.find(phase.task_arn)
        end = self._tasks.end_of(task) if task else forgotten(phase.task_arn)
        return phase_with(phase, end) if end else phase

    def begin(self, release: Record, prefix: str, running: str | None) -> Record:
        """The release with a task to follow; NotStartedError when ECS does not take it."""
        phase, attempt = release.phase, _next_attempt(release.phase)
        if running and running != phase.task_arn:
            phase = PhaseResult(task_arn=running, attempt=attempt)
        if phase.task_arn and self._is_worth_following(phase.task_arn):
            before = task_id(phase.task_arn)
            self._say(f"Release {release.number}: its task {before} was started before")
            return self._ledger.update(release, phase=phase)
        if phase.task_arn:
            self._say(
                f"Release {release.number}: its task may not have succeeded: starting it again"
            )
        # Noted before the task may be there: a rollback then knows of it, or has ended this first.
        noted = self._ledger.update(release, phase=PhaseResult(attempt=attempt))
        task_arn = self._tasks.start(_started_by(release), _token(prefix, release, attempt))
        return self._ledger.update(noted, phase=PhaseResult(task_arn=task_arn, attempt=attempt))

    def watch(self, release: Record) -> TaskWatch:
        """The release's task, to be followed."""
        task_arn = str(release.phase.task_arn)
        return TaskWatch(self._tasks, task_arn, "release", self._say, self._clock)

    def _wait_for(self, task_arn: str, label: str) -> None:
        self._say(
            f"Task {task_id(task_arn)} of {label} still runs: waiting for its end, as no two may "
            "change the database at once"
        )
        watch = TaskWatch(self._tasks, task_arn, label, self._say, self._clock)
        watch.until_ended(self._timeout_seconds)
        if task_arn in self._tasks.unfinished():
            raise ReleaseError(
                f"The task {task_id(task_arn)} of {label} does not end, though ECS was asked to "
                "stop it.\nNothing was changed. Stop it in the ECS console, then run the same "
                "command again."
            )

    def _is_worth_following(self, task_arn: str) -> bool:
        task = self._tasks.find(task_arn)
        if not task:
            return False
        end = self._tasks.end_of(task)
        return not end or end.succeeded


def phase_with(phase: PhaseResult, end: TaskEnd) -> PhaseResult:
    """The phase whose task ended so."""
    return replace(
        phase,
        exit_code=end.exit_code,
        outcome="succeeded" if end.succeeded else "failed",
        reason=end.reason,
    )


def _next_attempt(phase: PhaseResult) -> int:
    """One more than the last; the same when nobody knows whether that one's task was started."""
    return phase.attempt + 1 if phase.task_arn or not phase.attempt else phase.attempt


def _started_by(release: Record) -> str:
    return f"release-{release.number}"


def _token(prefix: str, release: Record, attempt: int) -> str:
    """What makes a repeated start the same start, within 64 characters [ECS API, RunTask].

    A task may have been started right before an interruption, too late for the record: its token
    then gives that task, not a second one. The time is part of it, as numbers begin again when a
    stack is destroyed and made anew.
    """
    return f"{prefix}-{release.number}-{attempt}-{release.started_at:%Y%m%d%H%M%S}"
