"""One look at a service, and what all looks at it so far have shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from release.deployments import Deployment, Service
from release.failed_tasks import Task
from release.target_health import Target

# Between two looks: a change is said within it, and AWS is asked a few calls at a time.
POLL_SECONDS = 4.0


@dataclass(frozen=True, kw_only=True)
class Aim:
    """What a service is to run; `way_back` is the revision that it can go back to, if any.

    Deployments made before `asked_at` are of an earlier attempt.
    """

    process: str
    revision: str
    way_back: str | None = None
    asked_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Look:
    """A service at one moment; `targets` is None when no balancer sends it requests."""

    time: datetime
    service: Service
    tasks: tuple[Task, ...] = ()
    targets: tuple[Target, ...] | None = None

    def targets_of(self, tasks: tuple[Task, ...]) -> tuple[Target, ...]:
        """The targets behind which such tasks run."""
        addresses = {task.address for task in tasks if not task.has_stopped}
        return tuple(each for each in self.targets or () if each.address in addresses)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What all looks so far have shown; each look makes a new one by `after`.

    `deployment` is ours as last seen, `own_tasks` its tasks at the last look, `symptoms` the last
    fault that the balancer found with each address, `unhealthy_since` when the first of our tasks
    failed its checks while none passed. `forgiven` are the ids of tasks that failed before the
    first look though the rollout came to its end: such a service is not what this release changes.
    """

    began_at: datetime
    deployment: Deployment | None = None
    own_tasks: tuple[Task, ...] = ()
    forgiven: frozenset[str] = frozenset()
    deaths: int = 0
    died_at: datetime | None = None
    unhealthy_since: datetime | None = None
    symptoms: Mapping[str, Target] = field(default_factory=dict)

    def after(self, aim: Aim, look: Look) -> "Seen":
        """What is known once a further look was taken."""
        ours = _our_deployment(aim, look, self.deployment)
        tasks = _tasks_of(ours, look)
        targets = look.targets_of(tasks)
        forgiven = self.forgiven if self.deployment else _forgiven(ours, tasks)
        deaths = max(self.deaths, _deaths(ours, tasks, forgiven))
        return replace(
            self,
            deployment=ours,
            own_tasks=tasks,
            forgiven=forgiven,
            deaths=deaths,
            died_at=look.time if deaths > self.deaths else self.died_at,
            unhealthy_since=self._unhealthy_since(targets, look.time),
            symptoms={**self.symptoms, **{t.address: t for t in targets if t.is_unhealthy}},
        )

    def _unhealthy_since(self, targets: tuple[Target, ...], now: datetime) -> datetime | None:
        """Kept over tasks that come and go, until one passes its checks."""
        if any(each.is_healthy for each in targets):
            return None
        if any(each.is_unhealthy for each in targets):
            return self.unhealthy_since or now
        return self.unhealthy_since


def _our_deployment(aim: Aim, look: Look, known: Deployment | None) -> Deployment | None:
    """The newest deployment of the asked revision; what ECS goes back to is not ours.

    A change of subnets, say, deploys the same revision anew: then the one before it has it too.
    """
    own = [
        each
        for each in look.service.deployments
        if each.revision == aim.revision
        and not (aim.asked_at and each.created_at < aim.asked_at)
        and not (known and (each.is_rollback or each.created_at < known.created_at))
    ]
    return max(own, key=lambda each: each.created_at, default=known)


def _tasks_of(ours: Deployment | None, look: Look) -> tuple[Task, ...]:
    if ours is None:
        return ()
    return tuple(
        task
        for task in look.tasks
        if task.revision == ours.revision and task.created_at >= ours.created_at
    )


def _forgiven(ours: Deployment | None, tasks: tuple[Task, ...]) -> frozenset[str]:
    if ours is None or ours.state != "COMPLETED":
        return frozenset()
    return frozenset(task.id for task in tasks if task.has_failed)


def _deaths(ours: Deployment | None, tasks: tuple[Task, ...], forgiven: frozenset[str]) -> int:
    """Tasks that failed; ECS also counts those that it could not even make."""
    listed = len([task for task in tasks if task.has_failed and task.id not in forgiven])
    counted = ours.failed_tasks if ours and ours.state != "COMPLETED" else 0
    return max(listed, counted)
