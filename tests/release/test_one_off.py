"""One-off tasks are stopped before their cluster is deleted, and nothing else is."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from release import one_off
from release.problems import ReleaseError

CLUSTER = "arn:aws:ecs:us-east-1:111122223333:cluster/app-prod"


class ClusterGoneError(Exception):
    """What ECS calls ClusterNotFoundException."""


class FakeEcs:
    """A cluster whose tasks need some looks until they have stopped."""

    exceptions = SimpleNamespace(ClusterNotFoundException=ClusterGoneError)

    def __init__(
        self, started_by: Mapping[str, str], looks: int = 2, *, gone: bool = False
    ) -> None:
        self.started_by, self.looks, self.gone = started_by, looks, gone
        self.stopped: dict[str, int] = {}

    def get_paginator(self, _: str) -> "FakeEcs":
        return self

    def paginate(self, *, cluster: str, desiredStatus: str) -> list[dict[str, list[str]]]:  # noqa: N803
        if self.gone:
            raise ClusterGoneError
        stopping = desiredStatus == "STOPPED"
        arns = [
            f"{cluster}/{name}" for name in self.started_by if (name in self.stopped) == stopping
        ]
        return [{"taskArns": arns}]

    def describe_tasks(self, *, cluster: str, tasks: list[str]) -> dict[str, Any]:
        return {"tasks": [self._task(arn.removeprefix(f"{cluster}/"), arn) for arn in tasks]}

    def _task(self, name: str, arn: str) -> dict[str, str]:
        if name in self.stopped:
            self.stopped[name] -= 1
        status = "STOPPED" if self.stopped.get(name, 1) <= 0 else "RUNNING"
        return {"taskArn": arn, "startedBy": self.started_by[name], "lastStatus": status}

    def stop_task(self, *, cluster: str, task: str, reason: str) -> None:
        assert reason, "nobody would know who stopped it"
        name = task.removeprefix(f"{cluster}/")
        assert name not in self.stopped, "it was told twice"
        self.stopped[name] = self.looks


class FakeClock:
    """Time that passes only by waiting."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


def stop(ecs: FakeEcs) -> list[str]:
    """What is said while the cluster's tasks are stopped."""
    said: list[str] = []
    clients: Any = SimpleNamespace(ecs=ecs)
    one_off.stop_all(CLUSTER, clients, said.append, FakeClock())
    return said


def test_a_release_task_and_one_started_by_hand_are_stopped_and_waited_for() -> None:
    ecs = FakeEcs({"one": "release-7", "two": ""})
    said = stop(ecs)
    assert set(ecs.stopped) == {"one", "two"}, "the cluster could not be deleted"
    assert all(left <= 0 for left in ecs.stopped.values()), "it was not waited for"
    assert len([line for line in said if "stopping the task" in line]) == 2


def test_tasks_of_services_are_left_to_their_service() -> None:
    ecs = FakeEcs({"web": "ecs-svc/1234567890"})
    assert not stop(ecs), "nothing was to be done"
    assert not ecs.stopped, "a service's task was stopped behind its back"


def test_a_cluster_that_is_gone_has_no_tasks() -> None:
    assert not stop(FakeEcs({}, gone=True)), "a destroy that is repeated would fail"


def test_a_task_that_does_not_stop_fails_the_destroy_in_words() -> None:
    with pytest.raises(ReleaseError, match="one") as failed:
        stop(FakeEcs({"one": "release-7"}, looks=10_000))
    assert "destroy again" in str(failed.value), "nobody learns what to do"
