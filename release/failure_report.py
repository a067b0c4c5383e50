"""Everything that is known of a failed rollout, as one text for a person."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from typing import TYPE_CHECKING

from release.aws_errors import AwsError, in_words
from release.deployments import Deployment, short
from release.failed_tasks import Task
from release.plain_text import clean
from release.rollout_line import state_of
from release.watched import View

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

LAST_LINES = 20
LAST_EVENTS = 5
# Tasks of one revision fail alike; more than these few only hide the reason.
TASKS_SHOWN = 3

# Last lines of a task's log by the task's id; a single line in brackets when there are none.
Logs = Mapping[str, Sequence[str]]


def write(
    title: str,
    views: Sequence[View],
    numbers: Mapping[str, int],
    cluster: str,
    logs: "CloudWatchLogsClient",
    again: str,
) -> str:
    """The whole text; `numbers` are releases by revision, `again` the command that tries anew."""
    found = {
        task.id: last_lines(view, task, logs) for view in views for task in telling_tasks(view)
    }
    runs, next_step = serving(views, numbers), advice(views, cluster, again)
    return clean("\n".join([title, *describe(views, found), "", *runs, "", *next_step]))


def telling_tasks(view: View) -> list[Task]:
    """Tasks whose end or state says why: the newest that failed, then those that are unhealthy."""
    if view.judgement.outcome == "done":
        return []
    failed = [task for task in view.seen.own_tasks if task.has_failed]
    failed.sort(key=lambda task: task.created_at, reverse=True)
    sick = [
        task
        for task in view.seen.own_tasks
        if not task.has_stopped and state_of(task, view.look) == "unhealthy"
    ]
    return [*failed, *(task for task in sick if task not in failed)][:TASKS_SHOWN]


def describe(views: Sequence[View], logs: Logs) -> Iterator[str]:
    """Each service: its state, its telling tasks with their logs, ECS's last events."""
    for view in views:
        yield ""
        yield view.judgement.line
        if view.judgement.outcome == "done":
            continue
        for task in telling_tasks(view):
            yield f"  task {task.id}: {how_it_ended(task)}"
            symptom = view.seen.symptoms.get(task.address)
            if symptom:
                yield f"    {symptom}"
            yield from (f"    | {line}" for line in logs.get(task.id, ()))
        yield from _events(view)


def how_it_ended(task: Task) -> str:
    """Stop code and reason, and each container's exit code; the state of one that still runs."""
    if not task.stop_code:
        return f"{task.status}, container health {task.health}"
    said = [": ".join(filter(None, (task.stop_code, task.stop_reason)))]
    for name, (code, reason) in task.exits.items():
        ended = "never ran" if code is None else f"exit code {code}"
        said.append(": ".join(filter(None, (f"container {name} {ended}", reason))))
    return "; ".join(said)


def _events(view: View) -> Iterator[str]:
    """ECS's last lines since the deployment, or the watch, began."""
    began_at = view.seen.began_at
    if view.seen.deployment:
        began_at = min(began_at, view.seen.deployment.created_at)
    events = [each for each in view.look.service.events if each.time >= began_at]
    if events:
        yield "  ECS's last events:"
    for event in reversed(events[:LAST_EVENTS]):
        yield f"    {event.time.astimezone(UTC):%H:%M:%S} {event.message}"


def serving(views: Sequence[View], numbers: Mapping[str, int]) -> Iterator[str]:
    """What runs now, by process."""
    yield "What runs now:"
    for view in views:
        running = [each for each in view.look.service.deployments if each.running]
        said = ", ".join(_deployment(view, each, numbers) for each in running)
        yield f"  {view.aim.process}: {said or 'nothing'}"


def _deployment(view: View, deployment: Deployment, numbers: Mapping[str, int]) -> str:
    count = f"{deployment.running} {'task' if deployment.running == 1 else 'tasks'}"
    ours = view.seen.deployment
    if ours and deployment.id == ours.id:
        return f"the new {short(deployment.revision)} ({count})"
    number = numbers.get(deployment.revision)
    release = f"release {number}, " if number else ""
    return f"{release}{short(deployment.revision)} ({count}), which still serves"


def advice(views: Sequence[View], cluster: str, again: str) -> Iterator[str]:
    """What to do next."""
    yield "What to do:"
    for view in views:
        if view.judgement.outcome != "done":
            yield from _advice(view, cluster)
    yield f"  Put right what the lines above name, then run `{again}` again."


def _advice(view: View, cluster: str) -> Iterator[str]:
    process, back = view.aim.process, view.aim.way_back
    primary = view.look.service.primary
    if primary is None:
        yield f"  {process}: `pulumi refresh`, so that `pulumi up` makes the service again."
    elif primary.revision not in (view.aim.revision, back):
        yield f"  {process}: find out who deployed {short(primary.revision)}, and why."
    elif back is None:
        yield f"  {process}: this was its first deployment, so there is nothing to go back to."
    elif primary.revision == view.aim.revision != back:
        yield (
            f"  {process}: ECS goes back by itself if its circuit breaker trips; until then it "
            "keeps trying, beside the old revision. To go back now:"
        )
        yield (
            f"    aws ecs update-service --cluster {short(cluster)} "
            f"--service {view.service.service_name} --task-definition {short(back)}"
        )


def last_lines(view: View, task: Task, logs: "CloudWatchLogsClient") -> Sequence[str]:
    """The end of what a task printed; one line in brackets when there is nothing to read."""
    service = view.service
    stream = f"{service.log_prefix}/{service.container}/{task.id}"
    try:
        answer = logs.get_log_events(
            logGroupName=service.log_group,
            logStreamName=stream,
            startFromHead=False,
            limit=LAST_LINES,
        )
    except logs.exceptions.ResourceNotFoundException:
        return ["(it has printed nothing)"]
    except AwsError as error:
        return [f"(its log cannot be read: {in_words(error)})"]
    lines = [line for each in answer["events"] for line in each["message"].splitlines()]
    return lines[-LAST_LINES:] or ["(it has printed nothing)"]
