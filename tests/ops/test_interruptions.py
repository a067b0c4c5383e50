"""Ctrl-C, a closed terminal and a cancelled CI while a verb is changing something."""

import os
import signal
from collections.abc import Callable

import click
import pytest

from ops.problems import OpsError
from ops.tasks.interruptions import Interruptions, closed_terminal_is_ctrl_c, finished_first
from tests.ops.calls import Calls
from tests.ops.conftest import Ops
from tests.ops.deploying import Deploying
from tests.ops.meanwhile import before_call
from tests.ops.running import Running
from tests.ops.scaled import limit, limits
from tests.ops.stack import Stack
from tests.ops.test_maintenance import item, rules, wanted

SIGNALS = pytest.mark.parametrize(
    "number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda each: each.name
)
HALF = "Not all of it is done."
AFTER_ALL = "It was finished before it could be stopped."


@pytest.fixture
def cloud(running: Running, aws: Calls, monkeypatch: pytest.MonkeyPatch) -> Deploying:
    for process in ("web", "worker"):
        limit(process, 1, 2)
    return Deploying.on(running, aws, monkeypatch)


def signals(number: signal.Signals, times: int = 1) -> Callable[[], None]:
    def send() -> None:
        for _ in range(times):
            signal.raise_signal(number)

    return send


class TestStepsOfSeconds:
    """They are finished, unless somebody insists."""

    @SIGNALS
    def test_of_maintenance(
        self,
        ops: Ops,
        stack: Stack,
        cloud: Deploying,
        monkeypatch: pytest.MonkeyPatch,
        number: signal.Signals,
    ) -> None:
        before_call(monkeypatch, "elasticloadbalancing:CreateRule", signals(number))
        done = ops("maintenance", "on", "--workers", "stop", "--yes")
        assert (done.code, AFTER_ALL in done.err) == (0, True)
        assert wanted(cloud)["worker"] == 0
        before_call(monkeypatch, "elasticloadbalancing:DeleteRule", signals(number))
        done = ops("maintenance", "off", "--yes")
        assert (done.code, rules(stack), item(stack)) == (0, [], None)

    @SIGNALS
    def test_of_scale(
        self,
        ops: Ops,
        stack: Stack,
        cloud: Deploying,
        monkeypatch: pytest.MonkeyPatch,
        number: signal.Signals,
    ) -> None:
        before_call(monkeypatch, "ecs:UpdateService", signals(number))
        done = ops("scale", "worker=2:4", "web=2", "--yes")
        assert (done.code, AFTER_ALL in done.err) == (0, True)
        assert limits("worker") == (2, 4)
        assert (wanted(cloud)["worker"], wanted(cloud)["web"]) == (2, 2)

    @pytest.mark.parametrize(
        ("call", "words", "again"),
        [
            ("elasticloadbalancing:CreateRule", ("maintenance", "on"), "The same command goes on"),
            ("ecs:UpdateService", ("scale", "worker=2:4"), "The same command does what is missing"),
        ],
    )
    def test_that_somebody_insists_on_stopping_say_how_to_go_on(
        self,
        ops: Ops,
        stack: Stack,
        cloud: Deploying,
        monkeypatch: pytest.MonkeyPatch,
        call: str,
        words: tuple[str, ...],
        again: str,
    ) -> None:
        before_call(monkeypatch, call, signals(signal.SIGINT, times=2))
        said = _stopped(monkeypatch, ops, *words, "--yes")
        assert f"{HALF} {again}" in said

    def test_that_aws_refuses_say_how_to_go_on(
        self, ops: Ops, stack: Stack, cloud: Deploying, aws: Calls
    ) -> None:
        aws.refuse("elasticloadbalancing:CreateRule", "AccessDenied")
        assert HALF in ops("maintenance", "on", "--yes").err

    def test_go_on_where_nobody_reads_what_they_say(self) -> None:
        def gone(_: str) -> None:
            raise OSError(5, "Input/output error")

        with finished_first(gone, "") as say:
            signal.raise_signal(signal.SIGHUP)
            say("a step")

    def test_that_explain_their_end_themselves_are_left_to_it(self) -> None:
        said: list[str] = []
        with pytest.raises(OpsError), finished_first(said.append, ""):
            raise OpsError("Nothing was changed.")
        assert not said


class TestRestart:
    """It takes minutes: what ECS was asked for goes on without it."""

    @SIGNALS
    def test_asks_for_all_and_leaves_ecs_to_it(
        self,
        ops: Ops,
        stack: Stack,
        cloud: Deploying,
        monkeypatch: pytest.MonkeyPatch,
        number: signal.Signals,
    ) -> None:
        before_call(monkeypatch, "ecs:UpdateService", signals(number))
        said = _stopped(monkeypatch, ops, "restart", "--yes")
        assert set(cloud.deployed()) == {"web", "worker", "schedule"}
        assert "ECS goes on with what it was asked for." in said

    def test_stopped_while_it_asks_does_not_say_that_ecs_was_asked(
        self, ops: Ops, stack: Stack, cloud: Deploying, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before_call(monkeypatch, "ecs:UpdateService", signals(signal.SIGINT, times=2))
        said = _stopped(monkeypatch, ops, "restart", "--yes")
        assert "ECS may not have been asked for all of them. To go on: bin/ops restart web" in said


def test_a_terminal_that_goes_tells_it_twice_and_means_it_once() -> None:
    with Interruptions() as interruptions:
        signals(signal.SIGHUP, times=2)()
    assert interruptions.count == 1


def test_a_signal_ends_what_waits_once() -> None:
    with closed_terminal_is_ctrl_c():
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGHUP)


def test_a_terminal_that_goes_does_not_stop_the_tidying() -> None:
    with closed_terminal_is_ctrl_c():
        with pytest.raises(KeyboardInterrupt), closed_terminal_is_ctrl_c():
            os.kill(os.getpid(), signal.SIGHUP)
        os.kill(os.getpid(), signal.SIGHUP)
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_DFL


def _stopped(monkeypatch: pytest.MonkeyPatch, ops: Ops, *words: str) -> str:
    """What the verb says on its way out."""
    from ops.report import Report

    said: list[str] = []
    monkeypatch.setattr(Report, "say", lambda _, line: said.append(line))
    with pytest.raises((click.Abort, KeyboardInterrupt)):
        ops(*words)
    return "\n".join(said)
