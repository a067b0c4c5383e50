"""A process that the program has lost while its service still runs.

An update publishes the outputs before its release phase, and removes services at its end.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from ops import journal
from release import progress
from tests.ops.calls import Calls, check_needs
from tests.ops.conftest import Ops
from tests.ops.deploying import Deploying
from tests.ops.hasty_clock import HastyClock, enough
from tests.ops.running import Running
from tests.ops.stack import PREFIX, Stack
from tests.ops.world import World

MARK = "no longer in the program; the next update that succeeds removes it"


@pytest.fixture
def renamed(stack: Stack) -> None:
    """`worker` is `jobs` in the Procfile; `make up` has published that, and its phase failed."""

    def named(of: Mapping[str, str]) -> dict[str, str]:
        new = {name: value for name, value in of.items() if name != "worker"}
        return {**new, "jobs": of["worker"].replace("worker", "jobs")}

    outputs = stack.outputs
    stack.logs.create_log_group(logGroupName=f"/{PREFIX}/jobs")
    stack.publish(
        service_names=named(outputs.service_names),
        task_definition_arns=named(outputs.task_definition_arns),
        log_group_names=named(outputs.log_group_names),
    )


@pytest.fixture
def world(running: Running, aws: Calls) -> World:
    """All else well."""
    return World(aws)


def _say(stack: Stack, line: str) -> None:
    """A line of `worker`, which the outputs may not name."""
    stream, group = f"worker/worker/{'b' * 32}", f"/{PREFIX}/worker"
    stack.logs.create_log_stream(logGroupName=group, logStreamName=stream)
    at = int((datetime.now(UTC) - timedelta(seconds=5)).timestamp() * 1000)
    stack.logs.put_log_events(
        logGroupName=group, logStreamName=stream, logEvents=[{"timestamp": at, "message": line}]
    )


@pytest.mark.usefixtures("renamed")
class TestStillRuns:
    """Its service is there, as an update that succeeds is what removes it."""

    def test_ps_shows_it(self, ops: Ops, running: Running, aws: Calls) -> None:
        task = next(each for each in running.tasks if each["group"].endswith("-worker"))
        done = ops("ps")
        assert f"✓ worker: 1 of 1 running, 1 healthy, release 3, {MARK}" in done.out
        assert task["taskArn"].rpartition("/")[2][:8] in done.out
        assert "✗ jobs: not there" in done.out
        assert done.out.count(MARK) == 1
        assert f"✓ worker: 1 of 1 running, 1 healthy, release 3, {MARK}" in ops("ps", "worker").out
        told = {each["process"]: each for each in json.loads(ops("ps", "--json").out)["processes"]}
        assert [told[name]["in_program"] for name in ("web", "jobs", "worker")] == [
            *(True, True, False)
        ]

    def test_a_service_of_another_name_is_no_process(self, ops: Ops, running: Running) -> None:
        running.services["other"] = {**running.services["web"], "serviceName": "by-hand"}
        assert "hand" not in ops("ps").out

    def test_status_shows_it(self, ops: Ops, running: Running, world: World) -> None:
        assert "worker 1/1 healthy (no longer in the program)" in ops("status").out

    def test_logs_show_it(self, ops: Ops, stack: Stack, aws: Calls) -> None:
        _say(stack, "I still run")
        done = ops("logs")
        assert "I still run" in done.out
        assert f"worker is {MARK}." in done.err
        assert "I still run" in ops("logs", "-p", "worker").out
        assert MARK not in ops("logs", "-p", "web").err

    def test_following_goes_on_when_the_update_removes_its_log(
        self, ops: Ops, stack: Stack, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        clock = HastyClock()
        monkeypatch.setattr(progress, "SystemClock", lambda: clock)
        clock.then(
            lambda: stack.logs.delete_log_group(logGroupName=f"/{PREFIX}/worker"),
            lambda: stack.say("web", "goes on"),
            enough,
        )
        done = ops("logs", "-f")
        assert "goes on" in done.out
        assert done.err.endswith("enough"), done.err

    def test_it_can_be_restarted(
        self, ops: Ops, running: Running, aws: Calls, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cloud = Deploying.on(running, aws, monkeypatch)
        done = ops("restart", "worker", "--yes")
        assert (done.code, set(cloud.deployed())) == (0, {"worker"}), done.err

    def test_run_with_its_configuration_works(self, ops: Ops, stack: Stack, aws: Calls) -> None:
        aws.answer("ecs:RunTask", {"tasks": [{"taskArn": f"x/{'e' * 32}"}], "failures": []})
        done = ops("run", "--detach", "-p", "worker", "--", "true")
        assert done.code == 0, done.err
        assert aws.with_parameters("ecs:RunTask")[0]["taskDefinition"].endswith("-worker:3")

    def test_run_with_one_that_the_release_has_not_is_refused(
        self, ops: Ops, stack: Stack, aws: Calls
    ) -> None:
        done = ops("run", "-p", "jobs", "--", "true")
        assert "Release 3 has no process 'jobs'" in done.err
        assert "ecs:RunTask" not in aws.made


@pytest.mark.usefixtures("renamed")
class TestRunsNoMore:
    """As after a rollback to a release that had it."""

    @pytest.fixture(autouse=True)
    def _gone(self, running: Running) -> None:
        running.services["worker"]["status"] = "INACTIVE"

    def test_run_with_its_configuration_is_refused_before_anything_is_written(
        self, ops: Ops, stack: Stack, aws: Calls
    ) -> None:
        done = ops("run", "-p", "worker", "--", "true")
        assert done.code == 125
        assert "The program has no process 'worker' any more, and nothing of it runs" in done.err
        assert "ecs:RunTask" not in aws.made
        assert not journal.newest(stack.dynamodb, stack.outputs.releases_table_name, 5)

    def test_nothing_is_said_of_it(self, ops: Ops, stack: Stack) -> None:
        assert "worker" not in ops("ps").out
        assert ops("ps", "worker").code == 2
        assert "worker" not in ops("logs").err


@pytest.mark.usefixtures("renamed")
def test_logs_need_what_they_ask(ops: Ops, stack: Stack, aws: Calls) -> None:
    ops("logs")
    check_needs("logs", aws.made)
