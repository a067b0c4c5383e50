"""The rollout of a release: watched until every service runs it, or until it has failed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from release import deployments, failure_report, rollout_record
from release.aws_errors import AwsError, in_words, will_pass
from release.clients import Clients
from release.deployments import Service, short
from release.judgement import judge
from release.ledger import Ledger
from release.look import POLL_SECONDS, Aim, Seen
from release.problems import ReleaseError
from release.progress import Clock, Heartbeat, Say
from release.record import Record
from release.watched import View, WatchedService, take_looks

__all__ = ["RolloutRequest", "WatchedService", "watch"]

# Records that may name a revision which still runs; older ones are named by the revision alone.
_RECORDS_READ = 50
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, kw_only=True)
class RolloutRequest:
    """What is rolled out, and how long it may take.

    `image`, `command` and `configuration` (a digest) say which release it is, `schema` is the
    digest of its migrations, `prefix` the stack's key in the table of releases.
    """

    prefix: str
    table_name: str
    cluster: str
    services: tuple[WatchedService, ...]
    timeout_seconds: int
    image: str
    command: str
    configuration: str
    schema: str
    release_task_definition: str | None
    root: Path

    @property
    def revisions(self) -> Mapping[str, str]:
        """The revision of each process."""
        asked = {each.process: each.task_definition for each in self.services}
        release = self.release_task_definition
        return {**asked, "release": release} if release else asked


def watch(request: RolloutRequest, clients: Clients, say: Say, clock: Clock) -> Record:
    """The release's record once every service runs it; ReleaseError when it failed.

    Ended in between, it leaves the record open, and the next call goes on with it.
    """
    deployed_by = clients.check_account()
    ledger = Ledger(clients.dynamodb, request.table_name, request.prefix)
    try:
        record = _open_record(request, ledger, deployed_by, clock.now())
        numbers = rollout_record.release_numbers(ledger.history(_RECORDS_READ))
        ending = _Watch(request, clients, say, clock).until_judged(ledger.last_succeeded())
        if ending.reason:
            raise _failed(request, record, ending, numbers, clients, ledger, clock.now())
        record = rollout_record.ended(record, "succeeded", "", request.revisions, clock.now())
        ledger.save(record)
    except AwsError as error:
        raise ReleaseError(
            f"The rollout could not be watched to its end: {in_words(error)}\n"
            "Whether the release serves is not known; nothing was stopped or changed back.\n"
            "When AWS answers these credentials again, run `pulumi up` again: it goes on watching."
        ) from error
    say(f"release {record.number} serves: {', '.join(map(_running, ending.views))}")
    return record


@dataclass(frozen=True)
class _Ending:
    """The services as last seen, and why the rollout failed, empty when it did not."""

    views: tuple[View, ...]
    reason: str = ""


class _Watch:
    """One loop over all services."""

    def __init__(self, request: RolloutRequest, clients: Clients, say: Say, clock: Clock) -> None:
        self._request, self._clients, self._clock = request, clients, clock
        self._heartbeat = Heartbeat(say, clock)
        self._began_at = clock.now()
        self._ends_at = self._began_at + timedelta(seconds=request.timeout_seconds)
        self._told: dict[str, str] = {}

    def until_judged(self, last_succeeded: Record | None) -> _Ending:
        """Look until all services are done, or one has failed, or the time is over."""
        aims = self._aims(last_succeeded.task_definitions if last_succeeded else {})
        seen = {each.process: Seen(began_at=self._began_at) for each in aims}
        while True:
            views = self._look(aims, seen)
            seen = {each.aim.process: each.seen for each in views}
            failed = [view for view in views if view.judgement.outcome == "failed"]
            if failed:
                return _Ending(views, "; ".join(map(_fault, failed)))
            if all(view.judgement.outcome == "done" for view in views):
                return _Ending(views)
            if self._clock.now() >= self._ends_at:
                return _Ending(views, _too_late(self._request.timeout_seconds))
            self._wait("; ".join(view.judgement.line for view in views))

    def _look(self, aims: Sequence[Aim], seen: Mapping[str, Seen]) -> tuple[View, ...]:
        services = self._request.services
        looks = self._patiently(
            lambda: take_looks(self._clients, self._request.cluster, services, self._clock.now())
        )
        views = []
        for service, aim in zip(services, aims, strict=True):
            look = looks[aim.process]
            now_seen = seen[aim.process].after(aim, look)
            judgement = judge(aim, look, now_seen)
            self._tell(aim.process, judgement.line)
            view = View(service=service, aim=aim, seen=now_seen, look=look, judgement=judgement)
            views.append(view)
        return tuple(views)

    def _aims(self, served: Mapping[str, str]) -> tuple[Aim, ...]:
        """What each service is to run; ECS is asked again where it works towards something else."""
        services, ecs, cluster = self._request.services, self._clients.ecs, self._request.cluster
        names = [each.service_name for each in services]
        found = self._patiently(lambda: deployments.describe(ecs, cluster, names))
        return tuple(
            self._aim(each, found[each.service_name], served.get(each.process)) for each in services
        )

    def _aim(self, service: WatchedService, state: Service, served: str | None) -> Aim:
        revision = service.task_definition
        aim = Aim(
            process=service.process,
            revision=revision,
            way_back=state.last_complete_besides(revision) or served,
        )
        if state.status != "ACTIVE" or not state.must_be_asked_for(revision):
            return aim
        running = f"ECS gave {short(revision)} up before"
        if state.primary and state.primary.revision != revision:
            running = f"ECS works towards {short(state.primary.revision)}"
        self._heartbeat.say(f"{service.process}: {running}; asking it for {short(revision)} again")
        answer = self._patiently(
            lambda: self._clients.ecs.update_service(
                cluster=self._request.cluster,
                service=service.service_name,
                taskDefinition=revision,
                forceNewDeployment=True,
            )
        )
        asked = deployments.read(answer["service"]).deployment_of(revision)
        return replace(aim, asked_at=asked.created_at if asked else None)

    def _patiently(self, call: Callable[[], _Answer]) -> _Answer:
        """AWS's answer, asked for again while what is wrong passes by itself and time is left."""
        while True:
            try:
                return call()
            except AwsError as error:
                if not will_pass(error) or self._clock.now() >= self._ends_at:
                    raise
                self._tell("AWS", f"AWS does not answer, asking again: {in_words(error)}")
            self._wait("AWS does not answer")

    def _wait(self, state: str) -> None:
        self._heartbeat.beat(state)
        self._clock.sleep(POLL_SECONDS)

    def _tell(self, subject: str, line: str) -> None:
        """Say what is new about a subject."""
        if self._told.get(subject) != line:
            self._told[subject] = line
            self._heartbeat.say(line)


def _open_record(
    request: RolloutRequest, ledger: Ledger, deployed_by: str, now: datetime
) -> Record:
    return rollout_record.begin(
        ledger,
        Record(
            image=request.image,
            command=request.command,
            configuration=request.configuration,
            schema=request.schema,
            commit="",
            author="",
            dirty=False,
            deployed_by=deployed_by,
            started_at=now,
        ),
        request.root,
    )


def _failed(
    request: RolloutRequest,
    record: Record,
    ending: _Ending,
    numbers: Mapping[str, int],
    clients: Clients,
    ledger: Ledger,
    now: datetime,
) -> ReleaseError:
    """Everything that is known of the failure; the record is completed."""
    title = f"Release {record.number} failed in its rollout: {ending.reason.rstrip('.')}."
    text = failure_report.write(title, ending.views, numbers, request.cluster, clients.logs)
    try:
        ledger.save(rollout_record.ended(record, "failed", ending.reason, request.revisions, now))
    except AwsError as error:
        text += f"\nThe release's record could not be completed: {in_words(error)}"
    return ReleaseError(text)


def _fault(view: View) -> str:
    return f"{view.aim.process}: {view.judgement.reason}"


def _too_late(seconds: int) -> str:
    return f"not complete after {seconds} s (release: rollout-timeout-seconds)"


def _running(view: View) -> str:
    count = view.look.service.running
    return f"{view.aim.process} with {count} {'task' if count == 1 else 'tasks'}"
