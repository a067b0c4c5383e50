"""A rollout's progress, one line a service."""

from collections import Counter
from collections.abc import Iterator

from release.failed_tasks import Task
from release.look import Look, Seen

_ON_THE_WAY = ("starting", "checked", "unhealthy")


def progress(process: str, look: Look, seen: Seen) -> str:
    """Such as `web: 1 of 2 new tasks healthy, 1 starting, 2 old still serve`."""
    desired = look.service.desired
    states = Counter(state_of(task, look) for task in seen.own_tasks if not task.has_stopped)
    arrived = "no task is wanted"
    if desired:
        well = "running" if look.targets is None else "healthy"
        arrived = f"{states[well]} of {desired} new {_tasks(desired)} {well}"
    on_the_way = [f"{states[state]} {state}" for state in _ON_THE_WAY if states[state]]
    return f"{process}: {', '.join([arrived, *on_the_way, *_rest(look, seen)])}"


def state_of(task: Task, look: Look) -> str:
    """What a task that has not stopped does: starting, checked, healthy, running or unhealthy."""
    if task.stop_code:
        return "stopping"
    if task.status != "RUNNING":
        return "starting"
    if task.health == "UNHEALTHY":
        return "unhealthy"
    if look.targets is None:
        return "running"
    targets = look.targets_of((task,))
    if any(each.is_healthy for each in targets):
        return "healthy"
    return "unhealthy" if any(each.is_unhealthy for each in targets) else "checked"


def _rest(look: Look, seen: Seen) -> Iterator[str]:
    if seen.deaths:
        yield f"{seen.deaths} failed"
    own = seen.deployment.id if seen.deployment else ""
    old = sum(each.running for each in look.service.deployments if each.id != own)
    if old:
        yield f"{old} old still {'serves' if old == 1 else 'serve'}"


def _tasks(count: int) -> str:
    return "task" if count == 1 else "tasks"
