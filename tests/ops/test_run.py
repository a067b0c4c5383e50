"""`run`: a command in a task of its own, with the release's configuration."""

import errno
import json
import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from ops import journal
from ops.cli import ReaderGoneError, program
from ops.report import Report
from release import progress
from tests.ops.calls import Calls, check_needs
from tests.ops.conftest import Done, Ops
from tests.ops.hasty_clock import HastyClock, nothing
from tests.ops.running import Running
from tests.ops.stack import ACCOUNT, CLUSTER, PREFIX, REGION, RELEASES, Stack, definition_arn

TASKS = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/{CLUSTER}/"
BY_ITSELF = ("EssentialContainerExited", "Essential container in task exited")


@dataclass
class Job:
    """The task that a verb starts, as ECS shows it: the mocked AWS lets none end."""

    stack: Stack
    aws: Calls
    id: str = ""
    shown: dict[str, Any] = field(default_factory=lambda: {"lastStatus": "PROVISIONING"})

    def start(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        # The mocked AWS wants sizes of containers, which tasks of Fargate need not have.
        self.id = "e" * 32
        return {"tasks": [{"taskArn": TASKS + self.id}], "failures": []}

    def describe(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        if not self.shown:
            return {"tasks": []}
        return {"tasks": [{"taskArn": asked["tasks"][0], **self.shown}]}

    def runs(self) -> None:
        self.shown = {"lastStatus": "RUNNING"}

    def says(self, *lines: str) -> None:
        for line in lines:
            self.stack.say(self.process, line, self.id)

    def ends(
        self, code: int | None = 0, why: tuple[str, str] = BY_ITSELF, reason: str = ""
    ) -> None:
        container: dict[str, Any] = {"name": self.process, "lastStatus": "STOPPED"}
        if code is not None:
            container["exitCode"] = code
        if reason:
            container["reason"] = reason
        self.shown = {
            "lastStatus": "STOPPED",
            "stopCode": why[0],
            "stoppedReason": why[1],
            "containers": [container],
        }

    @property
    def process(self) -> str:
        return str(self.asked["overrides"]["containerOverrides"][0]["name"])

    @property
    def asked(self) -> Mapping[str, Any]:
        return self.aws.with_parameters("ecs:RunTask")[-1]

    @property
    def stops(self) -> list[Mapping[str, Any]]:
        return list(self.aws.with_parameters("ecs:StopTask"))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> HastyClock:
    clock = HastyClock()
    monkeypatch.setattr(progress, "SystemClock", lambda: clock)
    return clock


@pytest.fixture
def job(stack: Stack, aws: Calls, clock: HastyClock) -> Job:
    job = Job(stack, aws)
    aws.answer("ecs:RunTask", job.start)
    aws.answer("ecs:DescribeTasks", job.describe)
    aws.answer("ecs:StopTask", {})
    return job


@dataclass
class Endless:
    """A log that grows faster than it is read, until its task is told to stop; `at` that page a
    step is taken first.
    """

    job: Job
    at: dict[int, Callable[[], object]] = field(default_factory=dict)
    pages: int = 0
    lines: list[str] = field(default_factory=list)

    def page(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        self.pages += 1
        assert self.pages < 300, "it is read without a look at anything else"
        self.at.get(self.pages, nothing)()
        if self.job.stops:
            self.job.ends(143)
        token = f"f/{len(self.lines)}"
        events = []
        if not self.job.stops:
            self.lines.append(f"line {self.pages}")
            events = [{"timestamp": 1, "message": self.lines[-1], "ingestionTime": 1}]
            token = f"f/{len(self.lines)}"
        return {"events": events, "nextForwardToken": token, "nextBackwardToken": "b"}


def _notes(stack: Stack) -> list[str]:
    table = stack.outputs.releases_table_name
    return [entry.what for entry in journal.newest(stack.dynamodb, table, 10)]


def _ctrl_c() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_what_the_command_prints_is_shown_and_its_exit_code_returned(
    ops: Ops, job: Job, clock: HastyClock
) -> None:
    clock.then(
        job.runs, lambda: job.says("one"), lambda: job.says("two"), lambda: job.ends(3), nothing
    )
    done = ops("run", "--", "flask", "routes", "--sort", "rule")
    assert done.code == 3, "a script must learn how the command ended"
    assert done.out == "one\ntwo\n"
    assert "Release 3, web: task" in done.err
    assert "runs flask routes --sort rule" in done.err
    assert "The command ended with exit code 3" in done.err


def test_lines_that_come_after_the_end_are_shown_too(ops: Ops, job: Job, clock: HastyClock) -> None:
    clock.then(job.runs, job.ends, nothing, lambda: job.says("late"))
    done = ops("run", "--", "true")
    assert (done.code, done.out) == (0, "late\n")


def test_the_task_is_the_releases_own_in_the_place_of_the_services(
    ops: Ops, stack: Stack, job: Job, clock: HastyClock
) -> None:
    clock.then(job.ends)
    ops("run", "--", "flask", "routes")
    asked = job.asked
    assert asked["taskDefinition"] == definition_arn("web", RELEASES)
    assert asked["cluster"] == CLUSTER
    network = json.loads(json.dumps(asked["networkConfiguration"]))
    assert network == stack.network, "it could not reach the database"
    assert asked["overrides"] == {
        "containerOverrides": [{"name": "web", "command": ["flask", "routes"]}]
    }
    assert asked["startedBy"].startswith("ops-run/"), "nobody would know whose it is"
    assert _notes(stack) == ["ran flask routes in a task of its own, with release 3's web"]


def test_size_variables_and_process_are_the_tasks_alone(
    ops: Ops, job: Job, clock: HastyClock
) -> None:
    clock.then(job.ends)
    words = ("-p", "worker", "--size", "1024/4096", "--env", "A=1", "--env", "B=x=y")
    assert ops("run", *words, "--", "env").code == 0
    assert job.asked["taskDefinition"] == definition_arn("worker", RELEASES)
    assert job.asked["overrides"] == {
        "cpu": "1024",
        "memory": "4096",
        "containerOverrides": [
            {
                "name": "worker",
                "command": ["env"],
                "environment": [{"name": "A", "value": "1"}, {"name": "B", "value": "x=y"}],
            }
        ],
    }


def test_a_single_word_with_blanks_is_a_line_for_the_shell(
    ops: Ops, job: Job, clock: HastyClock
) -> None:
    clock.then(job.ends)
    ops("run", "--", "cd /tmp && ls")
    command = job.asked["overrides"]["containerOverrides"][0]["command"]
    assert command == ["sh", "-c", "cd /tmp && ls"]


def test_a_program_gets_everything_in_one_document(ops: Ops, job: Job, clock: HastyClock) -> None:
    clock.then(job.runs, lambda: job.says("one", "two"), lambda: job.ends(4))
    done = ops("run", "--json", "--", "false")
    assert done.code == 4
    assert json.loads(done.out) == {
        "task": job.id,
        "release": 3,
        "process": "web",
        "command": ["false"],
        "exit_code": 4,
        "reason": "EssentialContainerExited: Essential container in task exited",
        "lines": ["one", "two"],
    }


def test_a_task_can_be_left_to_itself(ops: Ops, job: Job, clock: HastyClock, aws: Calls) -> None:
    done = ops("run", "--detach", "--", "flask", "seed-demo")
    assert done.code == 0
    name = done.out.strip()
    assert f"bin/ops logs -f --process web --task {name[:8]} --stack staging\n" in done.err
    assert f"bin/ops run --stop {name[:8]} --stack staging\n" in done.err
    assert "ecs:DescribeTasks" not in aws.made
    document = json.loads(ops("run", "--detach", "--json", "--", "flask", "seed-demo").out)
    assert document["command"] == ["flask", "seed-demo"]


class TestCtrlC:
    """Once stops the task and waits for its end; twice leaves it, and says so."""

    def test_stops_the_task(self, ops: Ops, job: Job, clock: HastyClock) -> None:
        stopped = ("UserInitiated", "Ctrl-C of root")
        clock.then(job.runs, _ctrl_c, nothing, lambda: job.says("bye"))
        clock.then(lambda: job.ends(0, stopped))
        done = ops("run", "--", "sleep", "100")
        assert done.code == 130
        assert [stop["task"] for stop in job.stops] == [TASKS + job.id]
        assert job.stops[0]["reason"].startswith("Ctrl-C of ")
        assert done.out == "bye\n", "its last words"
        assert "Stopping the task; Ctrl-C again leaves it to itself." in done.err
        assert done.err.endswith("The task has stopped.\n")

    def test_twice_leaves_it_and_says_how_to_end_it(
        self, ops: Ops, job: Job, clock: HastyClock
    ) -> None:
        def twice() -> None:
            _ctrl_c()
            _ctrl_c()

        clock.then(job.runs, twice)
        words = ["run", "--stack", "staging", "--", "sleep", "100"]
        done = CliRunner().invoke(program, words)
        assert "Aborted!" in done.stderr
        name = job.id[:8]
        assert f"to end it: bin/ops run --stop {name} --stack staging\n" in done.stderr
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler

    def test_while_the_task_is_being_started_stops_it_too(
        self, ops: Ops, stack: Stack, job: Job, clock: HastyClock, aws: Calls
    ) -> None:
        def start(asked: Mapping[str, Any]) -> Mapping[str, Any]:
            _ctrl_c()
            return job.start(asked)

        aws.answer("ecs:RunTask", start)
        clock.then(lambda: job.ends(143))
        assert ops("run", "--detach", "--", "sleep", "100").code == 130
        assert [stop["task"] for stop in job.stops] == [TASKS + job.id], "nobody would end it"

    def test_is_not_lost_while_aws_throttles(
        self, ops: Ops, job: Job, clock: HastyClock, aws: Calls
    ) -> None:
        aws.refuse("ecs:StopTask", "ThrottlingException", "Rate exceeded", times=2)
        clock.then(job.runs, _ctrl_c, nothing, nothing, nothing, lambda: job.ends(143))
        done = ops("run", "--", "sleep", "100")
        assert done.code == 130, done.err
        assert len(job.stops) == 3, "the task would run on"
        assert "may still run" not in done.err

    def test_by_a_closed_terminal_stops_the_task_too(
        self, ops: Ops, job: Job, clock: HastyClock, aws: Calls, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def gone(*_: object) -> None:
            raise OSError(errno.EIO, "Input/output error")

        def closed() -> None:
            monkeypatch.setattr(Report, "say", gone)
            aws.refuse("ecs:StopTask", "ThrottlingException", times=1)
            os.kill(os.getpid(), signal.SIGHUP)

        clock.then(job.runs, closed, nothing, nothing, lambda: job.ends(143))
        with pytest.raises(OSError, match="Input/output"):
            ops("run", "--", "sleep", "100")
        assert len(job.stops) == 2, "it would run on, and nobody would know"

    def test_by_a_terminal_that_closes_while_ecs_starts_it_stops_it_too(
        self, ops: Ops, job: Job, clock: HastyClock, aws: Calls, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def gone(*_: object) -> None:
            raise OSError(errno.EIO, "Input/output error")

        def start(asked: Mapping[str, Any]) -> Mapping[str, Any]:
            monkeypatch.setattr(Report, "say", gone)
            os.kill(os.getpid(), signal.SIGHUP)
            return job.start(asked)

        aws.answer("ecs:RunTask", start)
        clock.then(lambda: job.ends(143))
        with pytest.raises(OSError, match="Input/output"):
            ops("run", "--", "sleep", "100")
        assert job.stops, "it would run on, and nobody would know"

    def test_is_not_lost_while_ecs_does_not_know_the_task_yet(
        self, ops: Ops, job: Job, clock: HastyClock, aws: Calls
    ) -> None:
        def start(asked: Mapping[str, Any]) -> Mapping[str, Any]:
            _ctrl_c()
            return job.start(asked)

        aws.answer("ecs:RunTask", start)
        aws.refuse("ecs:StopTask", "InvalidParameterException", "not found", times=2)
        clock.then(nothing, nothing, lambda: job.ends(143))
        done = ops("run", "--", "sleep", "100")
        assert (done.code, len(job.stops)) == (130, 3), done.err
        assert done.err.count("Stopping the task") == 1

    def test_of_a_task_that_ecs_never_knows_is_not_asked_for_ever(
        self, ops: Ops, job: Job, clock: HastyClock, aws: Calls
    ) -> None:
        aws.refuse("ecs:StopTask", "InvalidParameterException", "not found")
        clock.then(_ctrl_c)
        done = ops("run", "--", "sleep", "100")
        assert done.code == 125
        assert "may still run; to end it: bin/ops run --stop" in done.err
        assert 60 <= sum(clock.slept) < 70

    def test_twice_while_ecs_starts_it_says_that_it_may_run(
        self, ops: Ops, job: Job, clock: HastyClock, aws: Calls
    ) -> None:
        def start(asked: Mapping[str, Any]) -> Mapping[str, Any]:
            _ctrl_c()
            _ctrl_c()
            return job.start(asked)

        aws.answer("ecs:RunTask", start)
        done = CliRunner().invoke(program, ["run", "--stack", "staging", "--", "sleep", "100"])
        assert "Whether ECS has started the task is not known" in done.stderr
        assert "`bin/ops ps --stack staging` shows it" in done.stderr
        assert "Aborted!" in done.stderr

    def test_stops_what_prints_without_pause_too(
        self, ops: Ops, job: Job, clock: HastyClock, aws: Calls
    ) -> None:
        stream = Endless(job)
        stream.at[10] = _ctrl_c
        aws.answer("logs:GetLogEvents", stream.page)
        clock.then(job.runs)
        done = ops("run", "--", "yes")
        assert done.code == 130, done.err
        assert stream.pages <= 20, "it reads on and on"
        assert done.out.splitlines() == stream.lines, "a line is lost or doubled"

    def test_after_the_end_does_not_change_it(self, ops: Ops, job: Job, clock: HastyClock) -> None:
        clock.then(job.runs, lambda: job.ends(7), _ctrl_c, lambda: job.says("late"))
        done = ops("run", "--", "false")
        assert (done.code, done.out) == (7, "late\n")
        assert not job.stops
        assert "The task has stopped." not in done.err

    def test_twice_after_the_end_only_leaves_its_last_lines(
        self, ops: Ops, job: Job, clock: HastyClock
    ) -> None:
        clock.then(job.runs, lambda: job.ends(7), _ctrl_c, _ctrl_c, lambda: job.says("late"))
        done = ops("run", "--", "false")
        assert (done.code, done.out) == (7, "")
        assert "may still run" not in done.err, "it has ended"


class TestReaderGone:
    """`run -- long | head -1`: nobody wants the rest, so the task does not run on."""

    @pytest.fixture
    def reads_one_line(self, monkeypatch: pytest.MonkeyPatch) -> None:
        shown: list[str] = []

        def pass_on(_: Report, line: str) -> None:
            if shown:
                raise BrokenPipeError
            shown.append(line)

        monkeypatch.setattr(Report, "pass_on", pass_on)

    @staticmethod
    def _run() -> Result:
        words = ["run", "--stack", "staging", "--", "sleep", "100000"]
        return CliRunner().invoke(program, words)

    @pytest.mark.usefixtures("root", "reads_one_line")
    def test_stops_the_task_once_and_says_so(self, job: Job, clock: HastyClock, aws: Calls) -> None:
        aws.refuse("ecs:StopTask", "ThrottlingException", times=1)
        clock.then(job.runs, lambda: job.says("one", "two", "three"))
        done = self._run()
        assert isinstance(done.exception, ReaderGoneError), "as 141, which a shell knows"
        assert len(job.stops) == 2, "the first was throttled"
        assert job.stops[-1]["reason"].endswith(" reads no more")
        assert "Nobody reads what the task prints any more, so it is stopping." in done.stderr
        assert "may still run" not in done.stderr

    @pytest.mark.usefixtures("root", "reads_one_line")
    def test_together_with_ctrl_c_stops_it_once(self, job: Job, clock: HastyClock) -> None:
        clock.then(job.runs, _ctrl_c, lambda: job.says("one", "two"))
        done = self._run()
        assert isinstance(done.exception, ReaderGoneError)
        assert len(job.stops) == 1
        assert "may still run" not in done.stderr

    @pytest.mark.usefixtures("root", "reads_one_line")
    def test_after_the_end_only_leaves_the_last_lines(self, job: Job, clock: HastyClock) -> None:
        clock.then(job.runs, job.ends, lambda: job.says("one", "two"))
        done = self._run()
        assert isinstance(done.exception, ReaderGoneError)
        assert not job.stops
        assert "may still run" not in done.stderr, "it has ended"

    @pytest.mark.usefixtures("root", "reads_one_line")
    def test_of_messages_as_well_stops_the_task_all_the_same(
        self, job: Job, clock: HastyClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def gone(*_: object) -> None:
            raise BrokenPipeError

        def says() -> None:
            job.says("one", "two")
            monkeypatch.setattr(Report, "say", gone)

        clock.then(job.runs, says)
        assert isinstance(self._run().exception, ReaderGoneError)
        assert len(job.stops) == 1

    @pytest.mark.usefixtures("root", "reads_one_line")
    def test_says_what_is_left_when_it_cannot_be_stopped(
        self, job: Job, clock: HastyClock, aws: Calls
    ) -> None:
        aws.refuse("ecs:StopTask", "AccessDeniedException")
        clock.then(job.runs, lambda: job.says("one", "two"))
        assert "may still run; to end it: bin/ops run --stop" in self._run().stderr

    def test_as_its_terminal_closed_stops_the_task(
        self, ops: Ops, job: Job, clock: HastyClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def gone(*_: object) -> None:
            raise OSError(errno.EIO, "Input/output error")

        monkeypatch.setattr(Report, "pass_on", gone)
        clock.then(job.runs, lambda: job.says("one"))
        with pytest.raises(OSError, match="Input/output"):
            ops("run", "--", "sleep", "100")
        assert len(job.stops) == 1


def test_lines_pass_on_exactly_as_they_are(
    ops: Ops, job: Job, clock: HastyClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = ['{"name": "a\u2028b\x0cc\x85d"}', "10 %\r20 %", "x,y\r", "\x1cend"]
    passed: list[str] = []
    monkeypatch.setattr(Report, "pass_on", lambda _, line: passed.append(line))
    clock.then(job.runs, lambda: job.says(*lines), job.ends)
    assert ops("run", "--", "dump").code == 0
    assert passed == lines, "one line would become several"


def test_more_than_there_is_time_for_is_said_to_be_left_out(
    ops: Ops, job: Job, clock: HastyClock, aws: Calls
) -> None:
    def page(asked: Mapping[str, Any]) -> Mapping[str, Any]:
        clock.slept.append(1)
        job.ends()
        number = int(asked.get("nextToken", "f/0").removeprefix("f/")) + 1
        events = [{"timestamp": 1, "message": str(number), "ingestionTime": 1}]
        return {"events": events, "nextForwardToken": f"f/{number}", "nextBackwardToken": "b"}

    aws.answer("logs:GetLogEvents", page)
    clock.then(job.runs)
    done = ops("run", "--", "dump")
    assert done.code == 0
    shown = done.out.splitlines()
    assert shown == [str(number + 1) for number in range(len(shown))]
    assert 55 <= len(shown) <= 65
    assert f"bin/ops logs --task {job.id[:8]} --stack staging" in done.err


class TestEnd:
    """125 is the verb's own: the command was not run, or not to its end."""

    @pytest.mark.parametrize(
        ("code", "why", "reason", "said"),
        [
            (
                None,
                ("TaskFailedToStart", "CannotPullContainerError: not found"),
                "",
                "Its image is gone, or the registry cannot be reached",
            ),
            (
                None,
                ("TaskFailedToStart", ""),
                'CannotStartContainerError: exec: "flsk": executable file not found',
                "The image has no such program",
            ),
            (
                0,
                ("UserInitiated", "stopped by ada"),
                "",
                "The task was stopped before the command was done: UserInitiated: stopped by ada.",
            ),
        ],
    )
    def test_without_the_commands_own_is_told_with_its_reason(
        self,
        ops: Ops,
        job: Job,
        clock: HastyClock,
        code: int | None,
        why: tuple[str, str],
        reason: str,
        said: str,
    ) -> None:
        clock.then(lambda: job.ends(code, why, reason))
        done = ops("run", "--", "flsk")
        assert done.code == 125
        assert said in done.err

    def test_for_want_of_memory_names_the_option(
        self, ops: Ops, job: Job, clock: HastyClock
    ) -> None:
        reason = "OutOfMemoryError: Container killed due to memory usage"
        clock.then(lambda: job.ends(137, reason=reason))
        done = ops("run", "--", "flask", "big")
        assert done.code == 137
        assert "give it more by --size" in done.err

    def test_that_ecs_has_forgotten_is_waited_for_and_then_told(
        self, ops: Ops, job: Job, clock: HastyClock
    ) -> None:
        clock.then(job.runs, job.shown.clear, lambda: job.shown.clear())
        done = ops("run", "--", "true")
        assert done.code == 125
        assert "ECS no longer knows the task" in done.err
        assert sum(clock.slept) > 60

    @pytest.mark.parametrize(
        "why", [None, ("TerminationNotice", "Timeout waiting for task to stop")]
    )
    def test_without_an_exit_code_is_not_said_to_be_no_run_at_all(
        self, ops: Ops, job: Job, clock: HastyClock, why: tuple[str, str] | None
    ) -> None:
        clock.then(job.runs, lambda: job.says("row 1 deleted"))
        clock.then(partial(job.ends, None, why) if why else lambda: job.shown.clear())
        done = ops("run", "--", "flask", "purge")
        assert (done.code, done.out) == (125, "row 1 deleted\n")
        assert "How the command ended is not known: " in done.err
        assert "never ran" not in done.err, "whoever believes it runs it again"
        assert f"What it printed: bin/ops logs --task {job.id[:8]}\n" in done.err

    def test_that_ecs_does_not_even_begin_is_told(
        self, ops: Ops, job: Job, clock: HastyClock, aws: Calls
    ) -> None:
        aws.answer(
            "ecs:RunTask", {"tasks": [], "failures": [{"reason": "Capacity is unavailable"}]}
        )
        done = ops("run", "--", "true")
        assert done.code == 125
        assert "ECS did not take the task: Capacity is unavailable." in done.err


class TestALoginThatExpiresMeanwhile:
    """A person may log in again; what cannot come is not waited for."""

    def test_is_waited_for_where_somebody_is_there(
        self, ops: Ops, job: Job, clock: HastyClock, aws: Calls, keys: Path
    ) -> None:
        clock.then(job.runs, lambda: self._expires(aws, times=100), *[nothing] * 101)
        clock.then(lambda: job.ends(7))
        done = ops("run", "--", "false", input="")
        assert done.code == 7, "the end must not be lost"
        assert done.err.count("Your AWS login has expired. Log in again in another terminal") == 1

    def test_is_waited_for_half_a_minute_where_nobody_is(
        self, ops: Ops, job: Job, clock: HastyClock, aws: Calls, keys: Path
    ) -> None:
        clock.then(job.runs, lambda: self._expires(aws))
        self._check_given_up(ops("run", "--", "flask", "long"), job)
        assert 20 < sum(clock.slept) < 40

    @pytest.mark.parametrize("typed", [None, ""], ids=["nobody", "somebody"])
    def test_is_not_waited_for_with_keys_in_variables(
        self, ops: Ops, job: Job, clock: HastyClock, aws: Calls, typed: str | None
    ) -> None:
        clock.then(job.runs, lambda: self._expires(aws))
        self._check_given_up(ops("run", "--", "flask", "long", input=typed), job)
        assert sum(clock.slept) < 5, "they stay as they are for as long as this runs"

    def _expires(self, aws: Calls, times: int = 10**6) -> None:
        aws.refuse("ecs:DescribeTasks", "ExpiredTokenException", times=times)

    def _check_given_up(self, done: Done, job: Job) -> None:
        assert done.code == 125
        name = job.id[:8]
        assert f"The task {name} may still run; to end it: bin/ops run --stop {name}" in done.err
        assert f"What it prints: bin/ops logs -f --task {name} --stack staging\n" in done.err
        assert "Repeating this would start the command once more." in done.err
        assert "run of staging stopped: your AWS login has expired." in done.err


def test_lines_that_may_not_be_read_are_said_once_to_be_missing(
    ops: Ops, job: Job, clock: HastyClock, aws: Calls
) -> None:
    aws.refuse("logs:GetLogEvents", "AccessDeniedException")
    clock.then(job.runs, nothing, nothing, job.ends)
    done = ops("run", "--", "true")
    assert done.code == 0, "the command is judged by its exit code"
    assert done.err.count("What it prints cannot be read now") == 1


def test_a_stack_without_a_release_says_how_to_make_one(ops: Ops, stack: Stack) -> None:
    for record in stack.records:
        stack.ledger.update(record, verdict="failed")
    done = ops("run", "--", "true")
    assert done.code == 125
    assert "staging has no release that succeeded" in done.err
    assert "make up STACK=staging" in done.err


def test_the_release_that_serves_counts_not_a_newer_one_that_failed(
    ops: Ops, stack: Stack, job: Job, clock: HastyClock
) -> None:
    stack.ledger.update(stack.records[-1], verdict="failed")
    clock.then(job.ends)
    ops("run", "--", "true")
    assert job.asked["taskDefinition"] == definition_arn("web", RELEASES - 1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "What should run? For example: bin/ops run -- flask routes"),
        (["-p", "wrker", "--", "x"], "no process 'wrker'; there are: web, release, schedule"),
        (["--size", "1G", "--", "x"], "'1G' is no size. Write cpu units and MiB, as 512/1024."),
        (["--size", "300/512", "--", "x"], "no tasks of 300 cpu units; there are: 256, 512"),
        (["--size", "256/4096", "--", "x"], "with 256 cpu units Fargate allows 512, 1024, 2048"),
        (["--env", "1A=b", "--", "x"], "--env '1A=b' is no variable; write NAME=VALUE."),
        (["--sise", "1", "--", "x"], "No such option '--sise'"),
    ],
)
def test_what_cannot_be_meant_is_answered_with_what_can(
    ops: Ops, stack: Stack, aws: Calls, words: list[str], said: str
) -> None:
    done = ops("run", *words)
    assert done.code == 125, "2 may be the command's own"
    assert said in done.err
    assert "ecs:RunTask" not in aws.made


class TestConsent:
    """It is asked for where much can be lost: in a protected stack, and for the owner's rights."""

    def test_is_asked_for_in_a_protected_stack(
        self, ops: Ops, stack: Stack, job: Job, clock: HastyClock, aws: Calls
    ) -> None:
        stack.publish(protected=True)
        refused = ops("run", "--", "true", input="n\n")
        assert "In staging this runs true in a task of its own" in refused.err
        assert ops("run", "--", "true").code == 125, "nobody can be asked"
        assert "ecs:RunTask" not in aws.made
        clock.then(job.ends)
        assert ops("run", "--yes", "--", "true").code == 0
        clock.then(job.ends)
        assert ops("run", "--", "true", input="y\n").code == 0

    def test_is_asked_for_the_owners_rights(self, ops: Ops, stack: Stack, aws: Calls) -> None:
        done = ops("run", "-p", "release", "--", "flask", "deploy", input="n\n")
        assert "release 3's release" in done.err
        assert "ecs:RunTask" not in aws.made

    def test_to_the_owners_rights_is_the_name_of_a_protected_stack(
        self, ops: Ops, stack: Stack, job: Job, clock: HastyClock, aws: Calls
    ) -> None:
        stack.publish(protected=True)
        words = ("run", "-p", "release", "--yes", "--", "flask", "db", "downgrade")
        assert ops(*words).code == 125, "--yes is no consent to that"
        assert ops(*words, input="prod\n").code == 125
        assert "ecs:RunTask" not in aws.made
        clock.then(job.ends)
        assert ops(*words, input="staging\n").code == 0


class TestStop:
    """`--stop` ends a task that was left to itself, and no service's."""

    def test_ends_the_task(self, ops: Ops, stack: Stack, running: Running, aws: Calls) -> None:
        task = running.add_task("web", group=f"family:{PREFIX}-web", startedBy="ops-run/ada")
        aws.answer("ecs:StopTask", {})
        done = ops("run", "--stop", task[:10])
        assert done.code == 0, done.err
        assert aws.with_parameters("ecs:StopTask")[0]["task"] == task
        assert _notes(stack) == [f"stopped the task {task}"]
        document = json.loads(ops("run", "--json", "--stop", task).out)
        assert document == {"task": task, "stopped": True}

    def test_leaves_tasks_of_services_alone(self, ops: Ops, running: Running, aws: Calls) -> None:
        own = running.add_task("worker", group=f"family:{PREFIX}-worker", startedBy="ops-run/ada")
        service = running.tasks[0]["taskArn"].rpartition("/")[2]
        done = ops("run", "--stop", service)
        assert done.code == 125
        assert f"There is no running task {service!r}; there are: worker.{own[:8]}." in done.err
        assert "ecs:StopTask" not in aws.made

    def test_asks_before_a_migration_is_ended(
        self, ops: Ops, stack: Stack, running: Running, aws: Calls
    ) -> None:
        aws.answer("ecs:StopTask", {})
        for who in ("release-3", "ops-run/ada"):
            task = running.add_task("release", group=f"family:{PREFIX}-release", startedBy=who)
            done = ops("run", "--stop", task, input="n\n")
            assert done.code == 125
            assert "a migration may be under way" in done.err
            assert ops("run", "--stop", task).code == 125, "nobody can be asked"
        assert "ecs:StopTask" not in aws.made
        assert ops("run", "--stop", task, "--yes").code == 0
        stack.publish(protected=True)
        assert ops("run", "--stop", task, "--yes").code == 125, "prod wants its name"
        assert ops("run", "--stop", task, input="staging\n").code == 0


OTHER = {"Account": "999999999999", "Arn": "arn:aws:iam::999999999999:user/eve", "UserId": "u"}


def test_credentials_of_another_account_start_nothing(ops: Ops, stack: Stack, aws: Calls) -> None:
    aws.answer("sts:GetCallerIdentity", OTHER)
    done = ops("run", "--", "true")
    assert done.code == 125
    assert "These AWS credentials are of the account 999999999999" in done.err
    assert "ecs:RunTask" not in aws.made


def test_a_refusal_is_told_with_the_permission(ops: Ops, job: Job, aws: Calls) -> None:
    aws.refuse("ecs:RunTask", "AccessDeniedException")
    done = ops("run", "--", "true")
    assert done.code == 125
    assert "`bin/ops permissions run --stack staging`" in done.err


def test_it_needs_what_it_asks(
    ops: Ops, stack: Stack, job: Job, clock: HastyClock, aws: Calls
) -> None:
    clock.then(job.runs, _ctrl_c, job.ends)
    ops("run", "--", "true")
    made = list(aws.made)
    running = Running.well(aws)
    task = running.add_task("web", group="family:x", startedBy="ops-run/ada")
    aws.answer("ecs:StopTask", {})
    ops("run", "--stop", task)
    services, groups = dict(stack.outputs.service_names), dict(stack.outputs.log_group_names)
    del services["worker"], groups["worker"]
    stack.publish(service_names=services, log_group_names=groups)
    ops("run", "--detach", "-p", "worker", "--", "true")
    check_needs("run", [*made, *aws.made], unseen=("iam:PassRole", "ecs:TagResource"))
