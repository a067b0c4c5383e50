"""Tasks of a cluster and their logs, as ECS and CloudWatch tell of them while time passes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.release.answering import RefusedError
from tests.release.fake_clock import FakeClock

CLUSTER = "arn:aws:ecs:eu-central-1:111122223333:cluster/flaskapp-prod"
DEFINITION = "arn:aws:ecs:eu-central-1:111122223333:task-definition/flaskapp-prod-release:4"
FAMILY = "flaskapp-prod-release"
REMEMBERED_SECONDS = 3600


@dataclass(frozen=True, kw_only=True)
class Script:
    """What becomes of a task; seconds count from its start, None is never.

    `stopped_after` and `obeys_after` count from its end and from being told to stop.
    """

    statuses: tuple[tuple[float, str], ...] = ((0, "PROVISIONING"), (8, "PENDING"), (14, "RUNNING"))
    ends: float | None = 30
    exit_code: int | None = 0
    stop_code: str = "EssentialContainerExited"
    stopped_reason: str = "Essential container in task exited"
    container_reason: str = ""
    stopped_after: float = 20
    obeys_after: float | None = 3
    exit_code_when_told: int = 0
    lines: tuple[tuple[float, str], ...] = ()


WELL = Script(lines=((16, "migrating"), (20, "migrated"), (33, "done")))
FAILS = Script(exit_code=3, lines=((16, "migrating"), (31, "boom")))
LONG = Script(ends=None)


@dataclass
class FakeTask:
    """One task that was started."""

    arn: str
    script: Script
    asked: dict[str, Any]
    born: datetime
    told: datetime | None = None
    told_reason: str = ""

    def ended(self) -> datetime | None:
        """When its container ends, or has ended."""
        script, obeys = self.script, self.script.obeys_after
        by_itself = None if script.ends is None else self.born + timedelta(seconds=script.ends)
        stopped = self.told + timedelta(seconds=obeys) if self.told and obeys is not None else None
        return min((each for each in (by_itself, stopped) if each), default=None)

    def describe(self, now: datetime) -> dict[str, Any]:
        script, ended = self.script, self.ended()
        age = (now - self.born).total_seconds()
        status = [name for since, name in script.statuses if age >= since][-1]
        container: dict[str, Any] = {"name": "release", "lastStatus": status}
        task = {"taskArn": self.arn, "createdAt": self.born, "containers": [container]}
        task |= {"startedBy": self.asked["startedBy"], "desiredStatus": "RUNNING"}
        if self.told:
            task |= {"stopCode": "UserInitiated", "stoppedReason": self.told_reason}
            task["desiredStatus"] = "STOPPED"
        if not ended or now < ended:
            return task | {"lastStatus": status}
        if not self.told:
            task |= {"stopCode": script.stop_code, "stoppedReason": script.stopped_reason}
        exit_code = script.exit_code_when_told if self.told else script.exit_code
        container |= {} if exit_code is None else {"exitCode": exit_code}
        container |= {"reason": script.container_reason} if script.container_reason else {}
        stopped = now >= ended + timedelta(seconds=script.stopped_after)
        return task | {
            "desiredStatus": "STOPPED",
            "lastStatus": "STOPPED" if stopped else "DEPROVISIONING",
        }


class FakeEcs:
    """A cluster; `scripts` are what the next tasks will do."""

    def __init__(self, clock: FakeClock, *scripts: Script) -> None:
        self.clock = clock
        self.scripts = list(scripts)
        self.tasks: dict[str, FakeTask] = {}
        self.failures: list[dict[str, str]] = []
        self.refusal: RefusedError | None = None
        # How long DescribeTasks does not know a new task.
        self.unknown_seconds = 0.0
        self.most_at_once = 0
        self.forgets_tokens = False

    def run_task(self, **asked: Any) -> dict[str, Any]:
        if self.refusal:
            raise self.refusal
        if self.failures:
            return {"tasks": [], "failures": self.failures}
        token = asked["clientToken"]
        assert len(token) <= 64, "ECS refuses it"
        for task in self.tasks.values():
            if task.asked["clientToken"] == token and not self.forgets_tokens:
                if task.asked != asked:
                    raise RefusedError("ConflictException", resourceIds=[task.arn])
                return {"tasks": [task.describe(self.clock.now())], "failures": []}
        return {"tasks": [self.start(asked).describe(self.clock.now())], "failures": []}

    def start(self, asked: dict[str, Any]) -> FakeTask:
        arn = f"{CLUSTER.replace(':cluster/', ':task/')}/task{len(self.tasks) + 1}"
        self.tasks[arn] = FakeTask(arn, self.scripts.pop(0), asked, self.clock.now())
        at_once = [task for task in self.tasks.values() if not self._is_over(task)]
        self.most_at_once = max(self.most_at_once, len(at_once))
        return self.tasks[arn]

    def list_tasks(self, **asked: Any) -> dict[str, Any]:
        assert asked["cluster"] == CLUSTER
        assert asked["family"] == FAMILY
        assert "startedBy" not in asked, "ECS takes it as the only filter"
        arns = [
            task["taskArn"]
            for task in (each.describe(self.clock.now()) for each in self._known())
            if task["desiredStatus"] == asked["desiredStatus"]
        ]
        place = int(asked.get("nextToken", "0"))
        more = {"nextToken": str(place + 1)} if place + 1 < len(arns) else {}
        return {"taskArns": arns[place : place + 1], **more}

    def describe_tasks(self, **asked: Any) -> dict[str, Any]:
        assert 1 <= len(asked["tasks"]) <= 100, "ECS refuses it"
        known = {task.arn: task for task in self._known()}
        return {
            "tasks": [
                known[arn].describe(self.clock.now()) for arn in asked["tasks"] if arn in known
            ],
            "failures": [
                {"arn": arn, "reason": "MISSING"} for arn in asked["tasks"] if arn not in known
            ],
        }

    def stop_task(self, **asked: Any) -> dict[str, Any]:
        task = self.tasks[asked["task"]]
        assert task.told is None, "it was told twice"
        task.told, task.told_reason = self.clock.now(), asked["reason"]
        return {"task": task.describe(self.clock.now())}

    def _known(self) -> list[FakeTask]:
        now = self.clock.now()
        return [
            task
            for task in self.tasks.values()
            if (now - task.born).total_seconds() >= self.unknown_seconds
            and (now - (task.ended() or now)).total_seconds() < REMEMBERED_SECONDS
        ]

    def _is_over(self, task: FakeTask) -> bool:
        ended = task.ended()
        return ended is not None and ended <= self.clock.now()


class FakeLogs:
    """The tasks' log streams, two lines a page; `refusals` are answered first, one a call.

    `is_endless`: there is always one more line.
    """

    def __init__(self, ecs: FakeEcs) -> None:
        self.ecs = ecs
        self.refusals: list[RefusedError | None] = []
        self.reads = 0
        self.seconds_a_page = 0.0
        self.is_endless = False

    def get_log_events(self, **asked: Any) -> dict[str, Any]:
        self.reads += 1
        if self.seconds_a_page:
            self.ecs.clock.sleep(self.seconds_a_page)
        if self.refusals and (refusal := self.refusals.pop(0)):
            raise refusal
        assert asked["startFromHead"], "the first lines would be missing"
        task = next(
            task
            for task in self.ecs.tasks.values()
            if asked["logStreamName"] == f"release/release/{task.arn.rpartition('/')[2]}"
        )
        age = (self.ecs.clock.now() - task.born).total_seconds()
        lines = [line for since, line in task.script.lines if age >= since]
        if not lines:
            raise RefusedError("ResourceNotFoundException")
        place = int(asked.get("nextToken", "f/0").removeprefix("f/"))
        page = [f"y{place}"] if self.is_endless else lines[place : place + 2]
        return {
            "events": [{"message": line} for line in page],
            "nextForwardToken": f"f/{place + len(page)}",
            "nextBackwardToken": "b/0",
        }
