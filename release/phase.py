"""The release phase: one task that must end well before any service is changed."""

from dataclasses import dataclass, replace
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from release.clients import Clients
from release.ledger import Ledger
from release.phase_failure import nothing_ran, task_failed
from release.phase_task import PhaseTask, phase_with
from release.problems import OvertakenError, ReleaseError
from release.progress import Clock, Say
from release.record import Record
from release.restore_point import Database, NoRestorePointError, Snapshot, has_migrations
from release.source import read_source
from release.task_run import NotStartedError, TaskRequest, TaskRun


@dataclass(frozen=True, kw_only=True)
class PhaseRequest(TaskRequest):
    """What to release and by which task.

    `image` is by digest; `configuration` and `schema` are digests, `schema` of the migrations and
    empty when unknown; `snapshot` asks for one before migrations; `root` is where git looks.
    """

    prefix: str
    table_name: str
    image: str
    command: str
    configuration: str
    schema: str
    database_identifier: str
    snapshot: bool
    root: Path


def run(request: PhaseRequest, clients: Clients, say: Say, clock: Clock) -> Record:
    """Run the release phase, or end the one that an interrupted update began.

    The record is left open for the rollout. ReleaseError when the task does not succeed. Whatever
    else ends this early leaves the record open too, and the next call goes on from there.
    """
    try:
        return _Phase(request, clients, say, clock).run()
    except (BotoCoreError, ClientError) as error:
        raise ReleaseError(
            f"AWS did not do what the release phase needs: {error}\n"
            "The services were not changed. Correct that, then run the same command again: it "
            "goes on with this release."
        ) from error


class _Phase:
    def __init__(self, request: PhaseRequest, clients: Clients, say: Say, clock: Clock) -> None:
        self._request = request
        self._clients = clients
        self._say = say
        self._clock = clock
        self._ledger = Ledger(clients.dynamodb, request.table_name, request.prefix)
        self._task = PhaseTask(
            TaskRun(request, clients), self._ledger, request.timeout_seconds, say, clock
        )

    def run(self) -> Record:
        deployed_by = self._clients.check_account()
        latest = self._ledger.latest()
        interrupted = latest if latest and self._is_asked_for(latest) else None
        running = self._task.wait_for_others(interrupted)
        if interrupted:
            release = interrupted
            self._say(f"Release {release.number} was interrupted: going on with it")
        else:
            self._give_up(latest)
            release = self._open(deployed_by)
        if release.phase.outcome == "succeeded":
            self._say(f"Release {release.number}: its release task had succeeded already")
            return release
        release = self._with_restore_point(release)
        release = self._with_task(release, running)
        return self._with_result(release)

    def _is_asked_for(self, latest: Record) -> bool:
        asked = self._request
        same = latest.releases(asked.image, asked.command, asked.configuration)
        return same and latest.verdict == "running"

    def _give_up(self, latest: Record | None) -> None:
        """Close a release that was left open and that nobody asks for any more."""
        if not latest or latest.verdict != "running":
            return
        self._say(f"Release {latest.number} was interrupted and is given up for another")
        reason = "interrupted, then given up for another release"
        phase = self._task.result(latest.phase)
        self._ledger.close(latest, reason, self._clock.now(), phase=phase)

    def _open(self, deployed_by: str) -> Record:
        asked, source = self._request, read_source(self._request.root)
        release = self._ledger.open(
            Record(
                image=asked.image,
                configuration=asked.configuration,
                schema=asked.schema,
                command=asked.command,
                commit=source.commit,
                author=source.author,
                dirty=source.dirty,
                deployed_by=deployed_by,
                started_at=self._clock.now(),
                task_definitions={"release": asked.task_definition},
            )
        )
        self._say(f"Release {release.number}{source}: running {asked.command}")
        return release

    def _with_restore_point(self, release: Record) -> Record:
        """Noted before anything runs, and never again once a task may have run."""
        if release.restore_point or release.phase.attempt:
            return release
        asked = self._request
        wanted = asked.snapshot and has_migrations(asked.schema, self._ledger.newest_first())
        snapshot = Snapshot(
            prefix=asked.prefix, number=release.number, started_at=release.started_at
        )
        database = Database(self._clients.rds, asked.database_identifier, self._say, self._clock)
        try:
            point = database.restore_point(snapshot if wanted else None)
        except NoRestorePointError as error:
            raise self._nothing_ran(release, str(error)) from error
        return self._ledger.update(release, restore_point=point)

    def _with_task(self, release: Record, running: str | None) -> Record:
        try:
            return self._task.begin(release, self._request.prefix, running)
        except NotStartedError as error:
            raise self._nothing_ran(release, f"ECS did not take its task: {error}") from error

    def _with_result(self, release: Record) -> Record:
        watch = self._task.watch(release)
        end = watch.until_ended(self._request.timeout_seconds)
        release = replace(release, phase=phase_with(release.phase, end))
        if not end.succeeded:
            release = self._fail(release, end.reason)
            raise ReleaseError(task_failed(release, end, watch.log, self._serving()))
        self._say(f"Release {release.number}: its release task succeeded")
        return self._ledger.update(release)

    def _nothing_ran(self, release: Record, why: str) -> ReleaseError:
        phase = replace(release.phase, outcome="failed", reason=why)
        release = self._fail(replace(release, phase=phase), why)
        return ReleaseError(nothing_ran(release, why, self._serving()))

    def _fail(self, release: Record, why: str) -> Record:
        ended_at, reason = self._clock.now(), f"release phase: {why}"
        try:
            return self._ledger.update(release, verdict="failed", reason=reason, ended_at=ended_at)
        except OvertakenError as error:
            # Why it failed matters all the same.
            self._say(str(error))
            return release

    def _serving(self) -> int | None:
        """Number of the release that serves, as far as the records know."""
        serving = self._ledger.last_succeeded()
        return serving.number if serving else None
