"""Services whose tasks really run: rollouts that succeed, fail, and are taken back."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPException
from typing import Any

import docker
import pytest
from botocore.exceptions import ClientError

from tests.emulated.server.stage import PAGE, Stage, create_service, create_target_group
from tests.emulated.server.waiting import wait_for

pytestmark = pytest.mark.containers
REQUESTS = 10_000
VISITORS = 8
CRASH = "print('boom', flush=True); raise SystemExit(7)"
# Is healthy as soon as it has written its file; ends when asked to.
WORKER = """
import signal, time
signal.signal(signal.SIGTERM, lambda *_: exit(0))
{first}
time.sleep(600)
"""
CHECK = {
    "command": ["CMD-SHELL", "test -f /tmp/alive"],
    "interval": 5,
    "timeout": 2,
    "retries": 2,
    "startPeriod": 1,
}


def page(version: str, status: int = 200) -> str:
    """A page that shows its version; its health check answers with the status."""
    return PAGE.format(version=version, status=status)


def events(service: dict[str, Any]) -> list[str]:
    """What a service says, newest first, without its name."""
    beginning = f"(service {service['serviceName']}) "
    return [event["message"].removeprefix(beginning) for event in service["events"]]


def ended_tasks(stage: Stage, family: str) -> list[dict[str, Any]]:
    """The tasks of a family that were stopped."""
    ecs = stage.client("ecs")
    arns = ecs.list_tasks(cluster="c", family=family, desiredStatus="STOPPED")["taskArns"]
    return list(ecs.describe_tasks(cluster="c", tasks=arns)["tasks"])


class Visitors:
    """Ask for the page many times, half of them by connections that they keep."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.seen, self._lock, self._left = stage, Counter[Any](), threading.Lock(), 0

    def ask(self, requests: int) -> None:
        """Return when all requests were answered, or were not."""
        self._left = requests
        threads = [
            threading.Thread(target=self._visit, args=(number % 2 == 0,))
            for number in range(VISITORS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _visit(self, keep: bool) -> None:
        connection = self.stage.connect()
        while self._take():
            try:
                answer: Any = self.stage.page(connection)
            except (OSError, HTTPException) as problem:
                answer = type(problem).__name__
                connection.close()
            if not keep:
                connection.close()
            with self._lock:
                self.seen[answer] += 1
        connection.close()

    def _take(self) -> bool:
        with self._lock:
            self._left -= 1
            return self._left >= 0


def running(stage: Stage, definition: str) -> set[str]:
    """The tasks of a revision of `web` that run."""
    ecs = stage.client("ecs")
    arns = ecs.list_tasks(cluster="c", serviceName="web")["taskArns"]
    tasks = ecs.describe_tasks(cluster="c", tasks=arns)["tasks"]
    return {
        task["taskArn"]
        for task in tasks
        if task["taskDefinitionArn"] == definition and task["lastStatus"] == "RUNNING"
    }


def kill(stage: Stage, task: str) -> None:
    """Kill the container of a task."""
    engine = docker.DockerClient(base_url=stage.cloud.environment["DOCKER_HOST"])
    engine.containers.list(filters={"label": f"com.amazonaws.ecs.task-arn={task}"})[0].kill()
    engine.close()


@pytest.fixture(scope="module")
def group(stage: Stage) -> str:
    return create_target_group(stage, "web")


@pytest.fixture
def web(stage: Stage, group: str) -> Iterator[None]:
    """The service `web`, up with its first version; deleted afterwards."""
    create_service(stage, stage.register("web", page("one")), group=group)
    stage.settled()
    yield
    delete(stage, "web")


def delete(stage: Stage, name: str) -> None:
    stage.client("ecs").delete_service(cluster="c", service=name, force=True)
    wait_for(lambda: stage.service(name)["status"] == "INACTIVE", "the last task has stopped")


# tests/engine/containers asks as many of a whole stack, in every run.
@pytest.mark.long
def test_ten_thousand_requests_during_a_rollout_are_all_answered(stage: Stage, web: None) -> None:
    visitors = Visitors(stage)
    second = stage.register("web", page("two"))
    stage.client("ecs").update_service(cluster="c", service="web", taskDefinition=second)
    visitors.ask(REQUESTS)
    stage.settled()
    versions = set(visitors.seen)
    assert versions == {(200, "one"), (200, "two")}, f"visitors saw the release: {visitors.seen}"
    assert visitors.seen.total() == REQUESTS


def test_a_rollout_is_complete_when_the_old_tasks_have_drained(
    stage: Stage, group: str, web: None
) -> None:
    elb, ecs = stage.client("elbv2"), stage.client("ecs")
    second = stage.register("web", page("two"))
    ecs.update_service(cluster="c", service="web", taskDefinition=second)

    def states() -> dict[str, dict[str, Any]]:
        found = elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        return {health["TargetHealth"]["State"]: health["TargetHealth"] for health in found}

    wait_for(lambda: "draining" in states(), "old targets drain")
    assert states()["draining"]["Reason"] == "Target.DeregistrationInProgress"
    primary = stage.service()["deployments"][0]
    assert primary["rolloutState"] == "IN_PROGRESS", "old tasks still answer"
    service = stage.settled()
    assert len(service["deployments"]) == 1
    assert service["deployments"][0]["rolloutStateReason"].endswith(" completed.")
    said = events(service)
    assert said[0] == "has reached a steady state."
    assert said[1].endswith("deployment completed.")
    assert any(text.startswith("has stopped 1 running tasks: (task ") for text in said)


def test_a_release_that_is_never_healthy_is_taken_back(stage: Stage, group: str, web: None) -> None:
    before = stage.service()["taskDefinition"]
    bad = stage.register("web", page("bad", 500))
    stage.client("ecs").update_service(cluster="c", service="web", taskDefinition=bad)
    failed_id = stage.service()["deployments"][0]["id"]
    victim, survivor = running(stage, before)
    kill(stage, victim)
    wait_for(
        lambda: len(running(stage, before) - {victim}) == 2,
        "a dead task of the release that serves is replaced by its like",
    )
    assert survivor in running(stage, before)
    assert stage.service()["taskDefinition"] == bad, "it was taken back already"
    wait_for(lambda: stage.service()["taskDefinition"] == before, "it is taken back", 120)
    service = stage.settled()
    assert [d["taskDefinition"] for d in service["deployments"]] == [before]
    with closing(stage.connect()) as connection:
        assert stage.page(connection) == (200, "one")
    said = events(service)
    assert f"(deployment {failed_id}) deployment failed: tasks failed to start." in said
    assert f"rolling back to deployment {service['deployments'][0]['id']}." in said
    why = f"is unhealthy in (target-group {group}) due to (reason Health checks failed with these"
    assert any(why in text for text in said), "nobody is told why"
    reasons = {task["stoppedReason"] for task in ended_tasks(stage, "web")}
    assert f"Task failed ELB health checks in (target-group {group})" in reasons


def test_a_first_release_that_crashes_has_nothing_to_go_back_to(stage: Stage) -> None:
    create_service(stage, stage.register("crash", CRASH), name="crash")
    service = stage.settled("crash", "FAILED")
    (deployment,) = service["deployments"]
    assert deployment["rolloutStateReason"] == (
        "ECS deployment circuit breaker: tasks failed to start."
    )
    assert deployment["failedTasks"] >= 3
    first = ended_tasks(stage, "crash")[0]
    assert first["stoppedReason"] == "Essential container in task exited"
    assert first["containers"][0]["exitCode"] == 7
    assert first["startedBy"] == deployment["id"]
    time.sleep(1)
    assert stage.service("crash")["runningCount"] == 0, "a failed release goes on running"

    good = stage.register("crash", WORKER.format(first=""))
    stage.client("ecs").update_service(cluster="c", service="crash", taskDefinition=good)
    assert stage.settled("crash")["runningCount"] == 2
    delete(stage, "crash")


def test_a_service_without_a_balancer_goes_by_the_check_of_its_container(stage: Stage) -> None:
    alive = WORKER.format(first="time.sleep(3); open('/tmp/alive', 'w').close()")
    create_service(stage, stage.register("job", alive, healthCheck=CHECK), name="job")
    wait_for(lambda: stage.service("job")["runningCount"] == 2, "the tasks run")
    primary = stage.service("job")["deployments"][0]
    assert primary["rolloutState"] == "IN_PROGRESS", "it counts before it is healthy"
    before = stage.settled("job")["taskDefinition"]

    sick = stage.register("job", WORKER.format(first=""), healthCheck=CHECK)
    ecs = stage.client("ecs")
    ecs.update_service(cluster="c", service="job", taskDefinition=sick)
    wait_for(lambda: stage.service("job")["taskDefinition"] == before, "it is taken back", 120)
    said = events(stage.settled("job"))
    assert any(text.endswith("failed container health checks.") for text in said)

    ecs.update_service(cluster="c", service="job", taskDefinition=sick, desiredCount=0)
    service = stage.settled("job")
    assert (service["taskDefinition"], service["runningCount"]) == (sick, 0)
    delete(stage, "job")
    with pytest.raises(ClientError, match="ServiceNotActiveException"):
        ecs.update_service(cluster="c", service="job", desiredCount=1)
