"""`rollback` when it is interrupted, when it fails, and when others release at the same time."""

import dataclasses
import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click
import pytest

from infra.procfile import WEB
from ops.approval import Approval
from release.record import PhaseResult
from tests.ops.calls import Calls
from tests.ops.conftest import Ops
from tests.ops.deploying import Deploying
from tests.ops.looking import Look, only
from tests.ops.stack import PROCESSES, Stack, definition_arn
from tests.ops.surroundings import Surroundings
from tests.ops.test_rollback import _all, _notice, _release, cloud

__all__ = ["cloud"]

MIGRATED = PhaseResult(task_arn="arn:task", attempt=1, exit_code=0, outcome="succeeded")


def during_the_question(monkeypatch: pytest.MonkeyPatch, do: Callable[[], object]) -> None:
    """The first time that a person is asked, this happens elsewhere."""
    ask, left = Approval.ask, [do]

    def asked(self: Approval, plan: Any, **how: Any) -> None:
        ask(self, plan, **how)
        if left:
            left.pop()()

    monkeypatch.setattr(Approval, "ask", asked)


def signalled(aws: Calls, cloud: Deploying, number: signal.Signals, *, at: int) -> None:
    """A signal comes while ECS answers that UpdateService."""

    def update(asked: Mapping[str, Any]) -> Mapping[str, Any]:
        if len(cloud.asked) + 1 == at:
            os.kill(os.getpid(), number)
        return cloud._update(asked)

    aws.answer("ecs:UpdateService", update)


class TestInterrupted:
    """ECS goes on with all services or with none, previews warn, and the text says which."""

    def test_while_it_is_watched_is_known_to_previews(
        self, ops: Ops, stack: Stack, cloud: Deploying
    ) -> None:
        cloud.interrupted_at = 5
        with pytest.raises(click.Abort):
            ops("rollback", "--yes")
        assert cloud.deployed() == _all(2)
        notice = _notice(stack)
        assert notice is not None, "the next update brings release 3 back and nobody knows"
        assert not notice.has_succeeded
        assert "A rollback to release 2 has begun, as release 4, and has not" in notice.warning
        ops("rollback", "--yes")
        notice = _notice(stack)
        assert notice is not None
        assert notice.has_succeeded

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    def test_between_two_services_asks_for_the_others_first(
        self, ops: Ops, stack: Stack, cloud: Deploying, aws: Calls, number: signal.Signals
    ) -> None:
        signalled(aws, cloud, number, at=2)
        with pytest.raises(click.Abort):
            ops("rollback", "--yes")
        assert cloud.deployed() == _all(2), "some services run the one and some the other release"

    def test_says_what_ecs_was_asked(
        self, stack: Stack, cloud: Deploying, aws: Calls, said_by_rollback: Callable[[], str]
    ) -> None:
        signalled(aws, cloud, signal.SIGINT, at=2)
        said = said_by_rollback()
        assert "ECS goes on by itself. To watch it to its end: bin/ops rollback 2 --stack" in said

    def test_twice_says_that_not_all_was_asked(
        self, stack: Stack, cloud: Deploying, aws: Calls, said_by_rollback: Callable[[], str]
    ) -> None:
        def stop(_: object) -> Mapping[str, Any]:
            raise KeyboardInterrupt

        aws.answer("ecs:UpdateService", stop)
        said = said_by_rollback()
        assert "ECS goes on by itself" not in said
        assert "ECS was asked for some services at most. To go on with all: bin/ops" in said

    def test_is_said_by_whoever_takes_the_last_release(
        self, ops: Ops, stack: Stack, cloud: Deploying
    ) -> None:
        _release(stack, verdict="running", rollback_to=2, phase=PhaseResult(outcome="not needed"))
        done = ops("run", "--process", "nope", "--", "true")
        assert (
            "Release 4 (a rollback to release 2) has not ended: services may run its tasks, while "
            "this takes those of release 3, the last that succeeded." in done.err
        )

    def test_is_not_said_of_a_release_that_changed_no_service(
        self, ops: Ops, stack: Stack, cloud: Deploying
    ) -> None:
        _release(stack, verdict="failed", phase=PhaseResult(outcome="failed", attempt=1))
        assert "services may run" not in ops("run", "--process", "nope", "--", "true").err


@pytest.fixture
def said_by_rollback(root: Path) -> Callable[[], str]:
    """What an interrupted rollback writes to the terminal."""

    def run() -> str:
        from click.testing import CliRunner

        from ops.cli import program

        arguments = ["rollback", "--yes", "--stack", "staging"]
        done = CliRunner().invoke(program, arguments, standalone_mode=False)
        assert isinstance(done.exception, click.Abort)
        return done.stderr

    return run


class TestFailed:
    """What is left is half one release and half the other."""

    def test_is_known_to_previews(self, ops: Ops, stack: Stack, cloud: Deploying) -> None:
        cloud.dies = "worker"
        assert ops("rollback", "--yes").code == 1
        notice = _notice(stack)
        assert notice is not None
        assert (notice.back_to, notice.has_succeeded) == (2, False)

    def test_shows_nothing_that_a_terminal_obeys(
        self, ops: Ops, stack: Stack, cloud: Deploying, aws: Calls
    ) -> None:
        cloud.dies = WEB
        line = {"message": "\x1b[2J\x1b]0;title\x07gone", "timestamp": 0}
        aws.answer("logs:GetLogEvents", {"events": [line]})
        done = ops("rollback", "--yes")
        assert "    | gone" in done.err
        assert "\x1b" not in done.err

    def test_is_not_answered_with_an_update_by_doctor(
        self, look: Look, all_well: Surroundings
    ) -> None:
        latest = all_well.stack.ledger.latest()
        assert latest is not None
        for verdict in ("running", "failed"):
            all_well.stack.ledger.save(dataclasses.replace(latest, verdict=verdict, rollback_to=2))
            remedy = only(look("releases"))[2]
            assert "`bin/ops rollback 2 --stack staging`" in remedy
            assert "make up" not in remedy, "the release that was gone away from comes back"


class TestOthers:
    """A person decides upon what there is, not upon what there was."""

    def test_release_during_the_question(
        self, ops: Ops, stack: Stack, cloud: Deploying, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        newer = {name: definition_arn(name, 1) for name in PROCESSES}
        during_the_question(
            monkeypatch,
            lambda: _release(stack, schema="c" * 16, phase=MIGRATED, task_definitions=newer),
        )
        done = ops("rollback", "2", input="y\nn\n")
        first, _, second = done.err.partition("Meanwhile something else has happened")
        assert "from release 3:" in first
        assert "from release 4:" in second
        assert "releases 3, 4 ran migrations that release 2 does not know" in second
        assert not cloud.asked, "nobody agreed to that"

    def test_deploy_during_the_question(
        self, ops: Ops, stack: Stack, cloud: Deploying, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        during_the_question(monkeypatch, lambda: cloud.running.serve("worker", number=1))
        done = ops("rollback", "2", input="y\ny\n")
        assert done.code == 0, done.err
        assert "worker: flaskapp-staging-worker:1 -> flaskapp-staging-worker:2" in done.err

    def test_start_a_release_task_at_the_last_moment(
        self, ops: Ops, stack: Stack, cloud: Deploying, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        open_one = _release(stack, verdict="running", schema="c" * 16, phase=PhaseResult())
        monkeypatch.setattr(
            "ops.journal.note",
            lambda *_: stack.ledger.update(open_one, phase=PhaseResult(attempt=1)),
        )
        done = ops("rollback", "2", "--yes")
        assert done.code == 1
        assert "Release 4 has begun, gone on or ended at this very moment." in done.err
        assert not cloud.asked

    def test_are_told_of_with_the_task_that_may_be_at_work(
        self, ops: Ops, stack: Stack, cloud: Deploying
    ) -> None:
        _release(stack, verdict="running", schema="c" * 16, phase=PhaseResult(attempt=1))
        done = ops("rollback", "2", input="n\n")
        assert "Its release task may still be at work on the database" in done.err
        assert "releases 3, 4 ran migrations" in done.err
