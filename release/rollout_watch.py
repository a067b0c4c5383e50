"""Looks at services, one after the other, until each runs its revision or one has failed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, TypeVar

from release import deployments
from release.aws_errors import AwsError, in_words, will_pass
from release.clients import Clients
from release.deployments import Service, short
from release.judgement import judge
from release.look import POLL_SECONDS, Aim, Seen
from release.progress import Clock, Heartbeat, Say
from release.watched import View, WatchedService, take_looks

_Answer = TypeVar("_Answer")


@dataclass(frozen=True)
class Ending:
    """The services as last seen, and why the rollout failed, empty when it did not."""

    views: tuple[View, ...]
    reason: str = ""

    @property
    def serving(self) -> str:
        """`web with 2 tasks, worker with 1 task`."""
        return ", ".join(map(_running, self.views))


class RolloutWatch:
    """Asks ECS for what the services are to run, then looks until it is judged."""

    def __init__(
        self,
        cluster: str,
        services: Sequence[WatchedService],
        timeout_seconds: int,
        clients: Clients,
        say: Say,
        clock: Clock,
    ) -> None:
        self._cluster, self._services, self._clients = cluster, services, clients
        self._timeout_seconds, self._clock = timeout_seconds, clock
        self._heartbeat = Heartbeat(say, clock)
        self._began_at = clock.now()
        self._ends_at = self._began_at + timedelta(seconds=timeout_seconds)
        self._told: dict[str, str] = {}

    def ask_for_revisions(self, served: Mapping[str, str]) -> tuple[Aim, ...]:
        """What each service is to run; ECS is asked again where it works towards something else.

        `served` are the revisions of the release that served before, by process.
        """
        return tuple(
            self._towards_revision(each, state, served.get(each.process))
            for each, state in self._states()
        )

    def ask_for_new_tasks(self) -> tuple[Aim, ...]:
        """New tasks of what each service runs already.

        A service that is being deployed to is only watched: another run of this has asked it, or
        its new tasks are on their way for a better reason.
        """
        return tuple(self._anew(each, state) for each, state in self._states())

    def until_judged(self, aims: Sequence[Aim]) -> Ending:
        """Look until all services are done, or one has failed, or the time is over."""
        seen = {each.process: Seen(began_at=self._began_at) for each in aims}
        while True:
            views = self._look(aims, seen)
            seen = {each.aim.process: each.seen for each in views}
            failed = [view for view in views if view.judgement.outcome == "failed"]
            if failed:
                return Ending(views, "; ".join(map(_fault, failed)))
            if all(view.judgement.outcome == "done" for view in views):
                return Ending(views)
            if self._clock.now() >= self._ends_at:
                return Ending(views, _too_late(self._timeout_seconds))
            self._wait("; ".join(view.judgement.line for view in views))

    def _look(self, aims: Sequence[Aim], seen: Mapping[str, Seen]) -> tuple[View, ...]:
        services = self._services
        looks = self._patiently(
            lambda: take_looks(self._clients, self._cluster, services, self._clock.now())
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

    def _states(self) -> Sequence[tuple[WatchedService, Service]]:
        ecs, names = self._clients.ecs, [each.service_name for each in self._services]
        found = self._patiently(lambda: deployments.describe(ecs, self._cluster, names))
        return [(each, found[each.service_name]) for each in self._services]

    def _towards_revision(self, service: WatchedService, state: Service, served: str | None) -> Aim:
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
        return self._deploy(service, aim, taskDefinition=revision)

    def _anew(self, service: WatchedService, state: Service) -> Aim:
        revision = state.primary.revision if state.primary else service.task_definition
        aim = Aim(process=service.process, revision=revision, way_back=revision)
        if state.status != "ACTIVE":
            return aim
        if state.primary and state.primary.state == "IN_PROGRESS":
            self._heartbeat.say(f"{service.process}: is being deployed to already; watching that")
            return aim
        self._heartbeat.say(f"{service.process}: asking ECS for new tasks of {short(revision)}")
        return self._deploy(service, aim)

    def _deploy(self, service: WatchedService, aim: Aim, **wanted: Any) -> Aim:
        """Ask ECS for a new deployment; what was deployed before it is of no account."""
        answer = self._patiently(
            lambda: self._clients.ecs.update_service(
                cluster=self._cluster,
                service=service.service_name,
                forceNewDeployment=True,
                **wanted,
            )
        )
        asked = deployments.read(answer["service"]).deployment_of(aim.revision)
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


def _fault(view: View) -> str:
    return f"{view.aim.process}: {view.judgement.reason}"


def _too_late(seconds: int) -> str:
    return f"not complete after {seconds} s (release: rollout-timeout-seconds)"


def _running(view: View) -> str:
    count = view.look.service.running
    return f"{view.aim.process} with {count} {'task' if count == 1 else 'tasks'}"
