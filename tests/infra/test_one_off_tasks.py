"""Tasks of no service: stopped when the stack is destroyed, and left alone until then."""

import base64
import json
import subprocess
import sys
from typing import Any

import pytest

from infra.components.one_off_tasks import TaskStopper
from planning.plan import ROOT
from planning.recording import Recording, Resource
from release.clients import Clients
from release.problems import ReleaseError
from release.progress import SystemClock
from tests.infra.planned import plan, service
from tests.support.tokens import CLUSTER

STOPPER = "pulumi-python:dynamic/flask-fargate:OneOffTasks"
PROPS = {
    "cluster_arn": "arn:aws:ecs:us-east-1:123456789012:cluster/n",
    "region": "us-east-1",
    "account_id": "123456789012",
    "endpoints": {"default": "http://127.0.0.1:4566"},
}
# As the engine's process for dynamic resources does it, which has never seen the program.
FRESH = """
import base64, dill, json, sys
provider = dill.loads(base64.b64decode(sys.stdin.read()))
print(json.dumps([type(provider).__module__, provider.diff("id", {}, {"region": "x"}).changes]))
"""


def stopper(recording: Recording) -> Resource:
    return recording.only(STOPPER)


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What `release.one_off.stop_all` was called with, which stops nothing."""
    calls: list[tuple[Any, ...]] = []
    monkeypatch.setattr("release.one_off.stop_all", lambda *arguments: calls.append(arguments))
    return calls


class TestTheResource:
    """There is nothing of it in AWS: it only remembers where to look."""

    def test_knows_the_cluster_and_whose_aws_it_is(self, prod: Recording) -> None:
        inputs = dict(stopper(prod).inputs)
        del inputs["__provider"]
        assert inputs == {
            "cluster_arn": service(prod).inputs["cluster"],
            "region": "us-east-1",
            "account_id": "000000000000",
            "endpoints": {},
        }
        endpoints = stopper(plan(stack="emulated")).inputs["endpoints"]
        assert endpoints["default"] == "http://127.0.0.1:4566", "an emulated destroy reaches AWS"

    def test_goes_before_the_cluster_and_the_network_under_its_tasks(self, prod: Recording) -> None:
        kinds = {prod.by_urn[urn].type for urn in stopper(prod).depends_on}
        needed = {CLUSTER, "aws:ec2/route:Route", "aws:iam/rolePolicy:RolePolicy"}
        assert needed <= kinds, "a destroy waits for ever for a network that tasks still use"

    def test_is_there_without_a_release_process_too(self, lone: Recording) -> None:
        assert stopper(lone), "a task that was started by hand keeps the cluster alive"


class TestItsLife:
    """Create, diff, update, delete: only the last one calls AWS."""

    def test_begins_by_remembering(self, stopped: list[Any]) -> None:
        created = TaskStopper().create(PROPS)
        assert (created.id, created.outs) == (PROPS["cluster_arn"], PROPS)
        assert not stopped, "the first update stops tasks"

    def test_changes_with_what_it_remembers_and_is_never_replaced(self) -> None:
        provider = TaskStopper()
        same = provider.diff("id", {**PROPS, "__provider": "old"}, {**PROPS, "__provider": "new"})
        assert same.changes is False, "each update would change it"
        for key, value in (("cluster_arn", "arn:other"), ("endpoints", {})):
            other = provider.diff("id", PROPS, {**PROPS, key: value})
            assert other.changes is True, f"{key}: the old one would be asked for ever"
            assert not other.replaces, "a replacement would stop tasks in the middle of an update"

    def test_is_updated_by_remembering(self, stopped: list[Any]) -> None:
        news = {**PROPS, "cluster_arn": "arn:other"}
        assert TaskStopper().update("id", PROPS, news).outs == news
        assert not stopped, "an update stops tasks"

    def test_ends_by_stopping_what_runs(self, stopped: list[Any]) -> None:
        TaskStopper().delete("id", {**PROPS, "__provider": "x"})
        ((cluster, clients, say, clock),) = stopped
        assert cluster == PROPS["cluster_arn"]
        assert isinstance(clients, Clients)
        assert isinstance(clock, SystemClock)
        assert callable(say)

    def test_that_cannot_end_fails_the_destroy(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: Any) -> None:
            raise ReleaseError("these tasks have not stopped")

        monkeypatch.setattr("release.one_off.stop_all", refuse)
        with pytest.raises(ReleaseError, match="have not stopped"):
            TaskStopper().delete("id", PROPS)


class TestWhatTheStateHolds:
    """The provider itself lies in the state: by its name, so that a destroy has today's code."""

    def test_is_a_name_and_no_code(self, prod: Recording) -> None:
        text = str(stopper(prod).inputs["__provider"])
        pickled = base64.b64decode(text)
        assert b"infra.components.one_off_tasks" in pickled, "it cannot be found again"
        assert len(pickled) < 200, "code is kept in the state, and grows old there"
        assert "__provider" not in stopper(prod).secret_inputs, (
            "every preview needs the passphrase to see that nothing has changed"
        )

    def test_is_the_same_text_each_time(self, prod: Recording, bare: Recording) -> None:
        texts = {each.inputs["__provider"] for each in (stopper(prod), stopper(bare))}
        assert len(texts) == 1, "each preview shows a change that is none"

    def test_is_loaded_by_a_process_that_never_saw_the_program(self, prod: Recording) -> None:
        ended = subprocess.run(
            [sys.executable, "-c", FRESH],
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT), "PATH": "/nowhere"},
            input=str(stopper(prod).inputs["__provider"]),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert ended.returncode == 0, f"no stack could be destroyed: {ended.stderr}"
        assert json.loads(ended.stdout) == ["infra.components.one_off_tasks", True]
