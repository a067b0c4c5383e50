"""`shell`: a console of the release that serves, stopped however it is left."""

import errno
import json
import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from ops import approval, journal
from ops.cli import program
from ops.report import Report
from release import progress
from tests.ops.calls import Calls, check_needs
from tests.ops.conftest import Ops
from tests.ops.console_task import ARN, ID, ConsoleTask, pending, ready, stopped
from tests.ops.hasty_clock import HastyClock
from tests.ops.running import Running
from tests.ops.stack import PREFIX, RELEASES, Stack, definition_arn
from tests.ops.stand_in import PLUGIN, StandIn, install, let_in, without_programs

ANSWER = {
    "session": {
        "sessionId": "ecs-execute-command-1",
        "streamUrl": "wss://ssmmessages.us-east-1.amazonaws.com/v1/data-channel/1",
        "tokenValue": "secret-token",
    }
}
TERMINAL = ""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> HastyClock:
    clock = HastyClock()
    monkeypatch.setattr(progress, "SystemClock", lambda: clock)
    return clock


@pytest.fixture
def console(running: Running, aws: Calls, clock: HastyClock) -> ConsoleTask:
    return ConsoleTask(aws, running)


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, aws: Calls) -> StandIn:
    aws.answer("ecs:ExecuteCommand", ANSWER)
    return install(monkeypatch, tmp_path, PLUGIN)


def _notes(stack: Stack) -> list[str]:
    table = stack.outputs.releases_table_name
    return [entry.what for entry in journal.newest(stack.dynamodb, table, 10)]


def _interrupted(monkeypatch: pytest.MonkeyPatch) -> Result:
    """`bin/ops shell` as the program is run: a signal ends it."""
    monkeypatch.setattr(approval, "somebody_is_there", lambda: True)
    done = CliRunner().invoke(program, ["shell", "--stack", "staging"])
    assert "Aborted!" in done.stderr
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL, "what follows could not be ended"
    return done


def test_it_opens_where_the_release_that_serves_would_and_stops_behind_the_person(
    ops: Ops, stack: Stack, console: ConsoleTask, plugin: StandIn, aws: Calls
) -> None:
    stack.ledger.update(stack.records[-1], verdict="failed")
    done = ops("shell", input=TERMINAL)
    assert done.code == 0, done.err
    asked = console.asked
    assert asked["taskDefinition"] == definition_arn("console", RELEASES - 1), "that one failed"
    assert asked["enableExecuteCommand"] is True, "nobody could enter it"
    assert asked["startedBy"].startswith("ops-console/"), "nobody would know whose it is"
    network = json.loads(json.dumps(asked["networkConfiguration"]))
    assert network == stack.network, "it could not reach the database"
    assert "overrides" not in asked, "its command and size are the definition's"
    entered = aws.with_parameters("ecs:ExecuteCommand")[0]
    assert (entered["task"], entered["container"]) == (ID, "console")
    assert [stop["task"] for stop in console.stops] == [ARN], "it would cost money for an hour"
    assert _notes(stack) == ["started a console task of release 2 for a shell"]


def test_it_says_what_is_being_waited_for(
    ops: Ops, console: ConsoleTask, plugin: StandIn, clock: HastyClock
) -> None:
    console.states = [pending("PROVISIONING"), pending(), ready("PENDING"), ready()]
    done = ops("shell", input=TERMINAL)
    said = [
        f"The console task {ID[:8]} starts, in half a minute or so; it stops when you leave it, or "
        "by itself after an hour.",
        "The console task is provisioning.",
        "The console task is pending.",
        "The console task runs, and its exec agent is starting.",
        f"console.{ID[:8]}: a shell; the log group /{PREFIX}/exec keeps it",
        f"The console task {ID[:8]} stops.",
    ]
    assert done.err.splitlines() == said


def test_a_size_is_the_consoles_alone(ops: Ops, console: ConsoleTask, plugin: StandIn) -> None:
    assert ops("shell", "--size", "1024/4096", input=TERMINAL).code == 0
    assert console.asked["overrides"] == {"cpu": "1024", "memory": "4096"}
    assert "'1G' is no size" in ops("shell", "--size", "1G", input=TERMINAL).err
    assert "--size is for a console" in ops("shell", "web", "--size", "1024/4096", input="").err


def test_the_exit_code_is_the_plugins_and_the_task_stops_all_the_same(
    ops: Ops, console: ConsoleTask, plugin: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, plugin.folder, PLUGIN, body="exit 3")
    assert ops("shell", input=TERMINAL).code == 3
    assert len(console.stops) == 1


@pytest.mark.usefixtures("stack", "root")
class TestInterrupted:
    """Whatever ends the verb stops the task first."""

    @pytest.mark.parametrize("name", ["INT", "TERM", "HUP"])
    def test_while_it_waits(
        self,
        console: ConsoleTask,
        plugin: StandIn,
        clock: HastyClock,
        monkeypatch: pytest.MonkeyPatch,
        name: str,
    ) -> None:
        clock.then(lambda: os.kill(os.getpid(), getattr(signal, f"SIG{name}")))
        done = _interrupted(monkeypatch)
        assert [stop["task"] for stop in console.stops] == [ARN]
        assert f"The console task {ID[:8]} stops." in done.stderr
        assert not plugin.has_run

    @pytest.mark.parametrize("name", ["TERM", "HUP"])
    def test_while_somebody_is_in_it(
        self,
        console: ConsoleTask,
        plugin: StandIn,
        monkeypatch: pytest.MonkeyPatch,
        name: str,
    ) -> None:
        body = f"sleep 0.2; kill -{name} $PPID; exec sleep 30"
        install(monkeypatch, plugin.folder, PLUGIN, body=body)
        _interrupted(monkeypatch)
        assert [stop["task"] for stop in console.stops] == [ARN]

    def test_by_ctrl_c_in_the_shell_is_not_at_all(
        self, ops: Ops, console: ConsoleTask, plugin: StandIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        install(monkeypatch, plugin.folder, PLUGIN, body="kill -INT $PPID; sleep 0.1; exit 5")
        assert ops("shell", input=TERMINAL).code == 5, "Ctrl-C is for what runs in the shell"

    def test_while_ecs_starts_it(
        self,
        console: ConsoleTask,
        plugin: StandIn,
        aws: Calls,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def start(_: Mapping[str, Any]) -> Mapping[str, Any]:
            os.kill(os.getpid(), signal.SIGINT)
            return {"tasks": [{"taskArn": ARN}], "failures": []}

        aws.answer("ecs:RunTask", start)
        _interrupted(monkeypatch)
        assert [stop["task"] for stop in console.stops] == [ARN], "nobody would know which it is"

    def test_while_ecs_does_not_know_it_yet(
        self,
        console: ConsoleTask,
        plugin: StandIn,
        clock: HastyClock,
        aws: Calls,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        aws.refuse("ecs:StopTask", "InvalidParameterException", "not found", times=2)
        console.states = [pending()]
        clock.then(lambda: os.kill(os.getpid(), signal.SIGINT))
        done = _interrupted(monkeypatch)
        assert [stop["task"] for stop in console.stops] == [ARN] * 3, "it would cost an hour"
        assert f"The console task {ID[:8]} stops." in done.stderr

    def test_once_more_while_it_is_being_stopped(
        self,
        console: ConsoleTask,
        plugin: StandIn,
        clock: HastyClock,
        aws: Calls,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def stop(_: Mapping[str, Any]) -> Mapping[str, Any]:
            os.kill(os.getpid(), signal.SIGINT)
            return {}

        aws.answer("ecs:StopTask", stop)
        clock.then(lambda: os.kill(os.getpid(), signal.SIGINT))
        done = _interrupted(monkeypatch)
        assert f"The console task {ID[:8]} stops." in done.stderr

    def test_by_a_terminal_that_goes_before_it_has_heard_of_it(
        self,
        ops: Ops,
        console: ConsoleTask,
        plugin: StandIn,
        clock: HastyClock,
        aws: Calls,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def gone(*_: object) -> None:
            raise OSError(errno.EIO, "Input/output error")

        monkeypatch.setattr(Report, "say", gone)
        aws.refuse("ecs:StopTask", "ThrottlingException", "Rate exceeded", times=1)
        with pytest.raises(OSError, match="Input/output"):
            ops("shell", input=TERMINAL)
        assert [stop["task"] for stop in console.stops] == [ARN, ARN], "nobody would know of it"
        assert not plugin.has_run


class TestNotReady:
    """A console that cannot be entered says why, and is stopped."""

    def test_since_ecs_does_not_take_it(
        self, ops: Ops, console: ConsoleTask, plugin: StandIn, aws: Calls
    ) -> None:
        aws.answer(
            "ecs:RunTask", {"tasks": [], "failures": [{"reason": "Capacity is unavailable"}]}
        )
        done = ops("shell", input=TERMINAL)
        assert done.code == 1
        assert "ECS did not take the console task: Capacity is unavailable." in done.err
        assert not console.stops

    @pytest.mark.parametrize(
        ("code", "reason", "said"),
        [
            (
                "TaskFailedToStart",
                "CannotPullContainerError: not found",
                "Its image is gone, or the registry cannot be reached",
            ),
            (
                "TaskFailedToStart",
                "ResourceInitializationError: unable to pull secrets",
                "Its secrets or its log group cannot be read",
            ),
            (
                "TaskFailedToStart",
                'CannotStartContainerError: exec: "sleep": executable file not found',
                "A console waits by the program `sleep`, which the image must have.",
            ),
            ("UserInitiated", "stopped by ada", "ended before it could be entered: UserInitiated"),
        ],
    )
    def test_since_it_has_ended(
        self,
        ops: Ops,
        console: ConsoleTask,
        plugin: StandIn,
        code: str,
        reason: str,
        said: str,
    ) -> None:
        console.states = [pending(), stopped(code, reason)]
        done = ops("shell", input=TERMINAL)
        assert done.code == 1
        assert reason in done.err
        assert said in done.err
        assert not plugin.has_run

    def test_since_its_agent_has_stopped(
        self, ops: Ops, console: ConsoleTask, plugin: StandIn
    ) -> None:
        console.states = [ready("STOPPED", reason="Timed out")]
        done = ops("shell", input=TERMINAL)
        assert f"agent of the console task {ID[:8]} has stopped (Timed out)" in done.err
        assert "ssmmessages on port 443" in done.err
        assert len(console.stops) == 1

    @pytest.mark.parametrize(
        ("state", "said"),
        [
            (ready("PENDING"), "runs, and its exec agent is starting, and nothing more has"),
            (pending(), "is pending, and nothing more has happened within 180 s"),
        ],
    )
    def test_within_a_time_that_ends(
        self,
        ops: Ops,
        console: ConsoleTask,
        plugin: StandIn,
        clock: HastyClock,
        state: Mapping[str, Any],
        said: str,
    ) -> None:
        console.states = [state]
        done = ops("shell", input=TERMINAL)
        assert done.code == 1
        assert said in done.err
        assert 180 <= sum(clock.slept) < 200
        assert len(console.stops) == 1

    def test_until_its_agent_is_connected(
        self, ops: Ops, console: ConsoleTask, plugin: StandIn, aws: Calls
    ) -> None:
        aws.refuse("ecs:ExecuteCommand", "TargetNotConnectedException", "not connected", times=3)
        assert ops("shell", input=TERMINAL).code == 0, "it says that it runs a little too early"
        aws.refuse("ecs:ExecuteCommand", "TargetNotConnectedException", "not connected")
        done = ops("shell", input=TERMINAL)
        assert f"AWS cannot reach the exec agent of console.{ID[:8]}" in done.err
        assert "restart web" not in done.err, "that would not help"
        assert len(console.stops) == 2


class TestMissing:
    """Before anything is started."""

    def test_plugin_is_named(
        self, ops: Ops, console: ConsoleTask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        without_programs(monkeypatch, tmp_path)
        done = ops("shell", input=TERMINAL)
        assert "session-manager-plugin, and it is not on this machine's PATH" in done.err

    def test_terminal_is_named(self, ops: Ops, console: ConsoleTask, plugin: StandIn) -> None:
        assert "ECS Exec needs a terminal" in ops("shell").err

    def test_permission_is_told_with_the_policy(
        self, ops: Ops, console: ConsoleTask, plugin: StandIn, aws: Calls
    ) -> None:
        aws.refuse("ecs:RunTask", "AccessDeniedException")
        done = ops("shell", input=TERMINAL)
        assert "`bin/ops permissions shell --stack staging`" in done.err

    def test_permission_to_enter_leaves_no_task(
        self, ops: Ops, console: ConsoleTask, plugin: StandIn, aws: Calls
    ) -> None:
        aws.refuse("ecs:ExecuteCommand", "AccessDeniedException")
        assert "may not do that" in ops("shell", input=TERMINAL).err
        assert len(console.stops) == 1

    def test_session_manager_is_missing_in_the_emulated_aws(
        self,
        ops: Ops,
        console: ConsoleTask,
        plugin: StandIn,
        aws: Calls,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("ops.access.Place.is_emulated", True)
        done = ops("shell", input=TERMINAL)
        assert "The emulated AWS has no Session Manager" in done.err
        assert "ecs:RunTask" not in aws.made


class TestOlderReleases:
    """Releases that an earlier version of the program made have no console."""

    def test_have_that_of_the_update_that_brought_it(
        self, ops: Ops, stack: Stack, console: ConsoleTask, plugin: StandIn
    ) -> None:
        _forget_console(stack)
        assert ops("shell", input=TERMINAL).code == 0
        assert console.asked["taskDefinition"] == definition_arn("console", RELEASES)

    def test_have_none_once_they_were_gone_back_to(
        self, ops: Ops, stack: Stack, console: ConsoleTask, plugin: StandIn, aws: Calls
    ) -> None:
        _forget_console(stack)
        newer = {**stack.outputs.task_definition_arns, "web": definition_arn("web", RELEASES + 1)}
        stack.publish(task_definition_arns=newer)
        done = ops("shell", input=TERMINAL)
        assert "Release 3 of staging was made before this program had consoles" in done.err
        assert "ecs:RunTask" not in aws.made


def _forget_console(stack: Stack) -> None:
    record = stack.records[-1]
    known = {name: arn for name, arn in record.task_definitions.items() if name != "console"}
    stack.ledger.update(record, task_definitions=known)


def test_one_that_could_not_be_stopped_says_how_it_ends(
    ops: Ops, console: ConsoleTask, plugin: StandIn, aws: Calls
) -> None:
    aws.refuse("ecs:StopTask", "ExpiredTokenException", "expired")
    done = ops("shell", input=TERMINAL)
    assert f"The console task {ID[:8]} could not be stopped" in done.err
    assert f"to end it now: bin/ops run --stop {ID[:8]}" in done.err


def test_one_whose_hour_is_over_says_so(
    ops: Ops, console: ConsoleTask, plugin: StandIn, clock: HastyClock, aws: Calls
) -> None:
    def an_hour(_: Mapping[str, Any]) -> Mapping[str, Any]:
        clock.slept.append(3601)
        return ANSWER

    aws.answer("ecs:ExecuteCommand", an_hour)
    assert "The console has ended by itself" in ops("shell", input=TERMINAL).err


def test_one_that_ecs_has_forgotten_has_ended(
    ops: Ops, console: ConsoleTask, plugin: StandIn, clock: HastyClock, aws: Calls
) -> None:
    def hours(_: Mapping[str, Any]) -> Mapping[str, Any]:
        clock.slept.append(4 * 3600)
        return ANSWER

    aws.answer("ecs:ExecuteCommand", hours)
    aws.refuse("ecs:StopTask", "InvalidParameterException", "not found")
    done = ops("shell", input=TERMINAL)
    assert "The console has ended by itself" in done.err
    assert "could not be stopped" not in done.err
    assert len(console.stops) == 1, "it is not a new one"


def test_a_protected_stack_asks_first(
    ops: Ops, stack: Stack, console: ConsoleTask, plugin: StandIn, aws: Calls
) -> None:
    stack.publish(protected=True)
    refused = ops("shell", input="n\n")
    assert "In staging this starts a console task of release 3 for a shell" in refused.err
    assert "ecs:RunTask" not in aws.made
    assert _notes(stack) == []
    assert ops("shell", input="y\n").code == 0


def test_ps_shows_whose_it_is(ops: Ops, stack: Stack, running: Running) -> None:
    running.add_task("console", group=f"family:{PREFIX}-console", startedBy="ops-console/ada")
    shown = ops("ps").out.partition("one-off tasks")[2]
    assert "ops-console/ada" in shown
    assert " 3 " in shown, "of which release it is"


def test_what_it_prints_is_no_process_of_logs(ops: Ops, stack: Stack) -> None:
    assert ops("logs").code == 0
    done = ops("logs", "--process", "console")
    assert "There is no process 'console'; there are: web, release, schedule, worker." in done.err


def test_run_does_not_take_it_for_a_process(ops: Ops, stack: Stack) -> None:
    done = ops("run", "-p", "console", "--", "ls")
    assert "no process 'console'; there are: web, release, schedule, worker." in done.err


def test_it_needs_what_it_asks(
    ops: Ops, running: Running, console: ConsoleTask, plugin: StandIn, aws: Calls
) -> None:
    ops("shell", input=TERMINAL)
    ops("shell", "web", input=TERMINAL)
    let_in(running)
    ops("shell", "web", input=TERMINAL)
    unseen = ("iam:PassRole", "ecs:TagResource", "kms:GenerateDataKey")
    check_needs("shell", aws.made, unseen=(*unseen, "ssmmessages:OpenDataChannel"))
