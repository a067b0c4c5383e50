"""`maintenance` by two people at once, and workers that AWS scales meanwhile."""

import json
import signal

import click
import pytest

from ops.maintenance import notice as maintenance_notice
from tests.ops.calls import Calls
from tests.ops.conftest import Done, Ops
from tests.ops.deploying import Deploying
from tests.ops.meanwhile import before_call, during_the_question
from tests.ops.running import Running
from tests.ops.scaled import limit
from tests.ops.stack import Stack
from tests.ops.test_maintenance import item, rules, suspended, wanted

STOP = ("maintenance", "on", "--workers", "stop", "--yes")
OFF = ("maintenance", "off", "--yes")
CHANGED = "Somebody else has changed the maintenance meanwhile."
SUSPEND = "application-autoscaling:RegisterScalableTarget"


@pytest.fixture
def cloud(running: Running, aws: Calls, monkeypatch: pytest.MonkeyPatch) -> Deploying:
    """Two workers, which AWS scales between none and 8; one of each other process."""
    running.serve("worker", 2)
    limit("worker", 0, 8)
    return Deploying.on(running, aws, monkeypatch)


def _all_is_as_before(stack: Stack, cloud: Deploying) -> None:
    assert (rules(stack), item(stack)) == ([], None)
    assert wanted(cloud) == {"web": 1, "worker": 2, "schedule": 1}
    assert not suspended("worker")


class TestWhileAPersonIsAsked:
    """What somebody else did is not overwritten; the question was about something else."""

    def test_on_forgets_no_worker_that_another_one_stopped(
        self, ops: Ops, stack: Stack, cloud: Deploying, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        during_the_question(monkeypatch, lambda: ops(*STOP))
        done = ops("maintenance", "on", "--yes")
        assert done.code == 1, "the person believes that the workers go on"
        assert f"{CHANGED}\nNothing was changed by this;" in done.err
        assert wanted(cloud)["worker"] == 0
        assert ops(*OFF).code == 0
        _all_is_as_before(stack, cloud)

    def test_off_forgets_no_worker_that_another_one_stopped(
        self, ops: Ops, stack: Stack, cloud: Deploying, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ops("maintenance", "on", "--yes")
        during_the_question(monkeypatch, lambda: ops(*STOP))
        done = ops(*OFF)
        assert (done.code, CHANGED in done.err) == (1, True)
        assert ops(*OFF).code == 0
        _all_is_as_before(stack, cloud)

    def test_the_numbers_that_scaling_chose_count(
        self, ops: Ops, stack: Stack, cloud: Deploying, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        during_the_question(monkeypatch, lambda: _scaled(cloud, 6))
        assert ops(*STOP).code == 0
        assert wanted(cloud)["worker"] == 0
        ops(*OFF)
        assert wanted(cloud)["worker"] == 6, "it begins with a quarter of what it had"

    def test_the_first_task_that_scaling_starts_is_stopped(
        self, ops: Ops, stack: Stack, cloud: Deploying, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _scaled(cloud, 0)
        during_the_question(monkeypatch, lambda: _scaled(cloud, 1))
        assert ops(*STOP).code == 0
        assert wanted(cloud)["worker"] == 0, "it works on behind the page"


class TestAtTheSameMoment:
    """Both have answered; whoever wrote first goes on."""

    def test_the_second_on_gives_way(
        self, ops: Ops, stack: Stack, cloud: Deploying, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ops("maintenance", "on", "--yes")
        other = _other(monkeypatch, "dynamodb:PutItem", ops, STOP)
        done = ops("maintenance", "on", "--allow", "198.51.100.1", "--yes")
        assert (other[0].code, done.code, CHANGED in done.err) == (0, 1, True)
        assert rules(stack)[0][0] == "10", "it went on"
        assert ops(*OFF).code == 0
        _all_is_as_before(stack, cloud)

    def test_off_starts_what_on_stops_behind_it(
        self, ops: Ops, stack: Stack, cloud: Deploying, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        other = _other(monkeypatch, SUSPEND, ops, OFF)
        done = ops(*STOP)
        assert (other[0].code, done.code) == (0, 1)
        assert "Somebody else has run `maintenance off` meanwhile" in done.err
        _all_is_as_before(stack, cloud)

    def test_off_that_was_stopped_leaves_no_worker_stopped(
        self, ops: Ops, stack: Stack, cloud: Deploying, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ops("maintenance", "on", "--yes")

        def off_by_half() -> None:
            before_call(monkeypatch, "elasticloadbalancing:DeleteRule", _ctrl_c_twice)
            with pytest.raises(click.Abort):
                ops(*OFF)
            told = ops("maintenance")
            assert (told.code, "`maintenance off` has begun" in told.out) == (1, True)

        before_call(monkeypatch, SUSPEND, off_by_half)
        done = ops(*STOP)
        assert (done.code, "has run `maintenance off` meanwhile" in done.err) == (1, True)
        assert ops(*OFF).code == 0
        _all_is_as_before(stack, cloud)

    def test_a_page_that_another_one_puts_is_no_riddle(
        self, ops: Ops, stack: Stack, cloud: Deploying, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        other = _other(
            monkeypatch, "elasticloadbalancing:CreateRule", ops, ("maintenance", "on", "--yes")
        )
        done = ops(*STOP)
        assert (other[0].code, done.code) == (0, 1)
        assert "Somebody else makes the same rules at this moment" in done.err
        assert ops(*OFF).code == 0
        _all_is_as_before(stack, cloud)

    def test_an_answer_that_was_lost_is_no_other_person(
        self, ops: Ops, stack: Stack, cloud: Deploying, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The SDK asks again what AWS has done already, and is refused."""
        table = stack.outputs.releases_table_name
        ops("maintenance", "on", "--yes")
        notice = maintenance_notice.read(stack.dynamodb, table)
        assert notice
        put = stack.dynamodb.put_item

        def twice(**asked: object) -> object:
            put(**asked)
            return put(**asked)

        monkeypatch.setattr(stack.dynamodb, "put_item", twice)
        kept = maintenance_notice.write(stack.dynamodb, table, notice, replaces=notice)
        assert kept
        assert maintenance_notice.delete(stack.dynamodb, table, kept)
        assert maintenance_notice.delete(stack.dynamodb, table, kept), "it is gone"


class TestAWorkerWithoutTasks:
    """It is stopped only when nothing starts one of it again."""

    def test_is_not_stopped_while_its_scaling_goes_on(
        self, ops: Ops, stack: Stack, cloud: Deploying, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for process in ("worker", "schedule"):
            cloud.running.serve(process, 0)

        before_call(monkeypatch, SUSPEND, _ctrl_c_twice)
        with pytest.raises(click.Abort):
            ops(*STOP)
        assert not suspended("worker")
        done = ops(*STOP)
        assert "That is so already" not in done.out
        assert suspended("worker"), "it wakes up behind the page"
        assert "That is so already" in ops(*STOP).out

    def test_is_told_as_it_is(self, ops: Ops, stack: Stack, cloud: Deploying) -> None:
        cloud.running.serve("worker", 0)
        ops(*STOP)
        told = json.loads(ops("maintenance", "--json").out)
        assert told["stopped"]["worker"] == {"tasks_before": 0, "tasks": 0}


def _ctrl_c_twice() -> None:
    for _ in range(2):
        signal.raise_signal(signal.SIGINT)


def _scaled(cloud: Deploying, tasks: int) -> None:
    cloud.running.services["worker"]["desiredCount"] = tasks


def _other(
    monkeypatch: pytest.MonkeyPatch, call: str, ops: Ops, words: tuple[str, ...]
) -> list[Done]:
    """Another person's verb, run right before a call; the journal's call is not the notice's."""
    ended: list[Done] = []
    before_call(monkeypatch, call, lambda: ended.append(ops(*words)))
    return ended
