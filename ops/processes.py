"""What runs of each process, and in words why something does not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from ops import load
from ops.load import Load
from ops.services import MADE_BY
from ops.tasks.running_tasks import service_of
from release import failed_tasks, failure_report
from release.deployments import MISSING, Deployment, Event, short
from release.judgement import Judgement, judge
from release.look import Aim, Look, Seen
from release.plain_text import clean
from release.rollout_line import state_of
from release.rollout_record import release_numbers
from release.watched import View, WatchedService, take_looks

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_logs import CloudWatchLogsClient

    from ops.outputs import Outputs
    from release.clients import Clients
    from release.record import Record

# The last lines of a task that failed say why more often than its exit code does.
LOG_LINES = 5
_FAULT = re.compile(r"unable|fail|error|not (have|find)|denied", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class TaskView:
    """A task that has not stopped; `release` is None when no release that succeeded has it."""

    id: str
    state: str
    started_at: datetime
    age_seconds: int
    cpu_units: int
    memory_mib: int
    on_spot: bool
    release: int | None
    revision: str
    started_by: str = ""
    load: Load = load.NONE


@dataclass(frozen=True, kw_only=True)
class ProcessView:
    """A process; `healthy` is None where nobody checks its tasks, `why` empty while all is well.

    Without `in_program` it still runs, and an update that succeeds removes it.
    """

    process: str
    service: str
    desired: int
    running: int
    healthy: int | None
    release: int | None
    revision: str
    tasks: tuple[TaskView, ...]
    events: tuple[Event, ...]
    why: tuple[str, ...]
    load: Load = load.NONE
    in_program: bool = True

    @property
    def is_there(self) -> bool:
        """Whether ECS has its service."""
        return bool(self.revision)

    @property
    def is_well(self) -> bool:
        """Whether everything that is wanted runs and passes its checks."""
        return not self.why


def view_of(
    service: WatchedService,
    look: Look,
    numbers: Mapping[str, int],
    logs: CloudWatchLogsClient,
) -> ProcessView:
    """A service as it looks; `numbers` are releases by revision."""
    primary = look.service.primary
    revision = primary.revision if primary else ""
    tasks = [task for task in look.tasks if not task.has_stopped]
    states = [state_of(task, look) for task in tasks]
    return ProcessView(
        process=service.process,
        service=service.service_name,
        desired=look.service.desired,
        running=look.service.running,
        healthy=_healthy(tasks, look),
        release=numbers.get(revision),
        revision=short(revision),
        tasks=tuple(
            _task(task, state, numbers, look.time)
            for task, state in zip(tasks, states, strict=True)
        ),
        events=look.service.events,
        why=tuple(_why(service, look, logs)),
    )


def views_of(
    clients: Clients,
    cluster: str,
    services: Sequence[WatchedService],
    records: Sequence[Record],
    now: datetime,
) -> tuple[Sequence[ProcessView], Mapping[str, Look]]:
    """The services as they look now, and the looks by process; `records` name their releases."""
    numbers = release_numbers(records)
    looks = take_looks(clients, cluster, services, now)
    return [view_of(each, looks[each.process], numbers, clients.logs) for each in services], looks


def one_off_tasks(
    ecs: ECSClient, cluster: str, numbers: Mapping[str, int], now: datetime
) -> tuple[TaskView, ...]:
    """Tasks that no service started and that still run: a release phase, a `run`."""
    return tuple(
        _task(task, task.status.lower(), numbers, now)
        for task in failed_tasks.of_cluster(ecs, cluster)
        if not task.has_stopped and service_of(task.group, task.started_by) is None
    )


def marked(views: Sequence[ProcessView], outputs: Outputs) -> list[ProcessView]:
    """The same, and of each whether the program has it, as the last update published that."""
    return [replace(each, in_program=each.process in outputs.service_names) for each in views]


def with_load(
    process: ProcessView, services: Mapping[str, Load], tasks: Mapping[str, Load]
) -> ProcessView:
    """The same with how busy it is."""
    return replace(
        process,
        load=services.get(process.service, load.NONE),
        tasks=tuple(replace(each, load=tasks.get(each.id, load.NONE)) for each in process.tasks),
    )


def _task(
    task: failed_tasks.Task, state: str, numbers: Mapping[str, int], now: datetime
) -> TaskView:
    began_at = task.started_at or task.created_at
    return TaskView(
        id=task.id,
        state=state,
        started_at=began_at,
        age_seconds=max(0, int((now - began_at).total_seconds())),
        cpu_units=task.cpu_units,
        memory_mib=task.memory_mib,
        on_spot=task.on_spot,
        release=numbers.get(task.revision),
        revision=short(task.revision),
        started_by=task.started_by,
    )


def _healthy(tasks: list[failed_tasks.Task], look: Look) -> int | None:
    """By the balancer, else by the container's own check; None where there is neither."""
    if look.targets is not None:
        return sum(state_of(task, look) == "healthy" for task in tasks)
    if all(task.health == "UNKNOWN" for task in tasks):
        return None
    return sum(task.health == "HEALTHY" for task in tasks)


def _why(service: WatchedService, look: Look, logs: CloudWatchLogsClient) -> Iterator[str]:
    """Why not all is as it should be, the reason first, then what proves it."""
    if look.service.status == MISSING:
        yield f"there is no service {service.service_name}: {MADE_BY}"
        return
    view = _judged(service, look)
    primary = look.service.primary
    if look.service.status != "ACTIVE":
        yield f"{view.judgement.reason}; `make up` makes it again"
        return
    if primary and primary.is_rollback:
        yield f"ECS went back to {short(primary.revision)}: {primary.reason}"
    if _is_well(view, primary):
        return
    yield view.judgement.reason or _counted(look)
    telling = failure_report.telling_tasks(view)
    for task in telling:
        yield f"task {task.id}: {failure_report.how_it_ended(task)}"
        if symptom := view.seen.symptoms.get(task.address):
            yield f"  {symptom}"
        lines = failure_report.last_lines(view, task, logs)
        yield from (f"  | {clean(line)}" for line in lines[-LOG_LINES:])
    if not telling:
        yield from (f"ECS: {each.message}" for each in _telling_events(look))


def _counted(look: Look) -> str:
    """Such as `0 of 2 tasks healthy, 1 starting`."""
    states = Counter(state_of(task, look) for task in look.tasks if not task.has_stopped)
    well = "running" if look.targets is None else "healthy"
    rest = [f"{count} {state}" for state, count in sorted(states.items()) if state != well]
    desired = look.service.desired
    tasks = "task" if desired == 1 else "tasks"
    return ", ".join([f"{states[well]} of {desired} {tasks} {well}", *rest])


def _telling_events(look: Look) -> list[Event]:
    """The newest that names a fault; ECS notes no task for what it cannot even place."""
    return [each for each in look.service.events if _FAULT.search(each.message)][:1]


def _is_well(view: View, primary: Deployment | None) -> bool:
    """Complete; or under way, while as many as are wanted serve."""
    if view.judgement.outcome != "waiting":
        return view.judgement.outcome == "done"
    service, targets = view.look.service, view.look.targets
    serving = service.running if targets is None else sum(each.is_healthy for each in targets)
    return primary is not None and serving >= service.desired and not view.seen.deaths


def _judged(service: WatchedService, look: Look) -> View:
    """The service judged against what ECS itself works towards."""
    primary = look.service.primary
    if primary is None:
        aim = Aim(process=service.process, revision=service.task_definition)
        seen = Seen(began_at=look.time)
        judgement = _without_deployment(service, look)
    else:
        back = look.service.last_complete_besides(primary.revision)
        aim = Aim(process=service.process, revision=primary.revision, way_back=back)
        seen = Seen(began_at=look.time).after(aim, look)
        judgement = judge(aim, look, seen)
    return View(service=service, aim=aim, seen=seen, look=look, judgement=judgement)


def _without_deployment(service: WatchedService, look: Look) -> Judgement:
    reason = f"ECS calls the service {service.service_name} {look.service.status}"
    return Judgement(outcome="failed", line=f"{service.process}: {reason}", reason=reason)
