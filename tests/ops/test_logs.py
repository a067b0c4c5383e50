"""`logs`: what the processes print, merged in the order of time."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from ops.logs.events import OVERLAP
from release import progress
from tests.ops.calls import Calls
from tests.ops.conftest import Ops
from tests.ops.hasty_clock import HastyClock, enough, nothing
from tests.ops.stack import Stack, client

WEB, WORKER = "a" * 32, "b" * 32
REQUEST = "5f3a91bc5f3a91bc5f3a91bc5f3a91bc"
Say = Callable[..., None]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> HastyClock:
    clock = HastyClock()
    monkeypatch.setattr(progress, "SystemClock", lambda: clock)
    return clock


@pytest.fixture
def say(stack: Stack) -> Say:
    """A process's line so many seconds ago; a dictionary is one in JSON."""

    def say(process: str, line: str | dict[str, object], ago: float, task: str = WEB) -> None:
        text = line if isinstance(line, str) else json.dumps(line)
        stack.say(process, text, task, datetime.now(UTC) - timedelta(seconds=ago))

    return say


def _request(path: str, status: int, **more: object) -> dict[str, object]:
    return {
        "time": "2026-03-02T12:00:00+00:00",
        "level": "INFO",
        "logger": "app.request",
        "message": f"GET {path} {status}",
        "environment": "staging",
        "method": "GET",
        "path": path,
        "route": "/polls/<int:poll_id>",
        "status": status,
        "duration_ms": 12.3,
        "request_id": REQUEST,
        "trace_id": "1-67891233-abcdef012345678912345678",
        **more,
    }


def test_lines_of_all_processes_come_in_the_order_of_time(ops: Ops, say: Say) -> None:
    say("web", "second", 20)
    say("worker", "first", 30, WORKER)
    say("release", "third", 10, "c" * 32)
    done = ops("logs")
    assert done.code == 0, done.err
    assert [line.split()[1:] for line in done.out.splitlines()] == [
        ["worker.bbbbbbbb", "first"],
        ["web.aaaaaaaa", "second"],
        ["release.cccccccc", "third"],
    ], done.out


def test_a_line_in_json_is_shown_as_what_it_says(ops: Ops, say: Say) -> None:
    say("web", _request("/polls/7", 200, user_id=4), 5)
    line = ops("logs", "-p", "web").out.strip()
    assert line.partition(" ")[2] == (
        "web.aaaaaaaa INFO    GET /polls/7 200  /polls/<int:poll_id>  12.3 ms  user_id=4  "
        f"request {REQUEST}"
    )


def test_a_stack_trace_stands_below_its_line(ops: Ops, say: Say) -> None:
    say("web", {"level": "ERROR", "message": "failed", "exception": "Traceback:\nKeyError"}, 5)
    lines = ops("logs").out.splitlines()
    assert lines[0].endswith("ERROR   failed")
    assert lines[1:] == ["    Traceback:", "    KeyError"]


def test_json_of_another_kind_is_shown_as_it_is(ops: Ops, say: Say) -> None:
    for text in ('{"event": "started"}', "{broken", '["a"]', '{"a": 1} and more'):
        say("web", text, 5)
    shown = [line.split(maxsplit=2)[2] for line in ops("logs").out.splitlines()]
    assert shown == ['{"event": "started"}', "{broken", '["a"]', '{"a": 1} and more']


def test_a_line_cannot_command_the_terminal(ops: Ops, say: Say) -> None:
    say("web", "\x1b]0;title\x07a\x1b[31mred\x1b[0m\x1b[2Jb\x08c", 5)
    say("web", {"level": "INFO", "message": "x\x1b[2Jy", "user": "\x1b[1mz"}, 4)
    out = ops("logs").out
    assert "\x1b" not in out, "whoever writes to a log could write to the terminal"
    assert "aredb�c" in out
    assert "xy" in out
    assert "user=z" in out


@pytest.mark.parametrize("name", ["level", "duration_ms", "route", "request_id", "x"])
def test_no_field_of_a_line_can_command_the_terminal(ops: Ops, say: Say, name: str) -> None:
    say("web", {"message": "m", "path": "/", name: "\x1b[2J\x9b2Jboo"}, 5)
    out = ops("logs").out
    assert "boo" in out.lower()
    assert not {"\x1b", "\x9b"} & set(out)


@pytest.mark.parametrize("levels", [60, 300, 600, 3_000, 200_000])
def test_json_in_json_without_end_is_shown_as_it_is(ops: Ops, say: Say, levels: int) -> None:
    deep = '{"message": "m", "a": ' + "[" * levels + "]" * levels + "}"
    say("web", deep, 5)
    say("web", "next", 4)
    shown = [line.split(maxsplit=2)[2] for line in ops("logs").out.splitlines()]
    assert shown == [deep, "next"], "one line must not cost all others"
    assert json.loads(ops("logs", "--json").out)[0]["text"] == deep


def test_json_in_json_is_shown_as_what_it_says(ops: Ops, say: Say) -> None:
    say("web", {"message": "m", "a": [[[{"b": ["c"] * 100}]]]}, 5)
    assert " m  a=[[[{'b': ['c', " in ops("logs").out


def test_a_program_gets_every_line_as_it_was_printed(ops: Ops, say: Say) -> None:
    say("web", _request("/", 200), 5)
    say("worker", "plain", 4, WORKER)
    first, second = json.loads(ops("logs", "--json").out)
    assert first["process"] == "web"
    assert first["fields"]["status"] == 200
    assert json.loads(first["text"]) == first["fields"]
    assert (second["task"], second["text"], second["fields"]) == (WORKER, "plain", {})


@pytest.mark.parametrize("value", ["NaN", "-Infinity", "1e999"])
def test_what_json_has_no_number_for_leaves_the_rest_readable(
    ops: Ops, say: Say, value: str
) -> None:
    say("web", f'{{"message": "m", "ratio": {value}}}', 5)

    def refuse(word: str) -> object:
        raise ValueError(f"{word} is no JSON")

    (line,) = json.loads(ops("logs", "--json").out, parse_constant=refuse)
    assert value in line["text"]


def test_only_the_last_lines_are_shown_whoever_printed_them(ops: Ops, say: Say) -> None:
    for number in range(5):
        say("web", f"w{number}", 3000 - number)
        say("worker", f"k{number}", 40 - number, WORKER)
    done = ops("logs", "-n", "6")
    assert [line.split()[-1] for line in done.out.splitlines()] == [
        *("w4", "k0", "k1", "k2", "k3", "k4")
    ]
    assert not done.err, "there are as many as were asked for"
    assert "No more lines within 7 days" in ops("logs").err


def test_a_time_to_begin_with_shows_all_since_then(ops: Ops, say: Say) -> None:
    for minutes in (90, 50, 10):
        say("web", f"{minutes} minutes ago", minutes * 60)
    lines = ops("logs", "--since", "1h").out.splitlines()
    assert [line.split(maxsplit=2)[2] for line in lines] == ["50 minutes ago", "10 minutes ago"]
    since = (datetime.now(UTC) - timedelta(minutes=20)).isoformat()
    assert len(ops("logs", "--since", since).out.splitlines()) == 1
    assert len(ops("logs", "--since", "2h", "-n", "2").out.splitlines()) == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--since", "yesterday"], "'yesterday' is no time. Write how long ago, as 90s"),
        (["--since", "2999-01-01"], "'2999-01-01' is not in the past"),
        (["--since", "99999999w"], "longer ago than there are dates"),
        (["--grep", "[5"], "is no regular expression: unterminated character set"),
        (["--process", "wrker"], "no process 'wrker'; there are: web, release, schedule, worker"),
    ],
)
def test_what_cannot_be_meant_is_answered_with_what_can(
    ops: Ops, stack: Stack, words: list[str], said: str
) -> None:
    done = ops("logs", *words)
    assert done.code in (1, 2)
    assert said in done.err


@pytest.mark.parametrize("words", [[], ["--since", "1h"]])
def test_the_newest_lines_are_shown_though_the_clock_here_is_behind(
    ops: Ops, say: Say, clock: HastyClock, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    right = clock.now
    monkeypatch.setattr(clock, "now", lambda: right() - timedelta(minutes=2))
    say("web", "crash", 30)
    assert ops("logs", *words).out.endswith("crash\n")


def test_processes_and_tasks_can_be_chosen(ops: Ops, say: Say) -> None:
    say("web", "one", 5)
    say("web", "two", 4, "d" * 32)
    say("worker", "three", 3, WORKER)
    say("schedule", "four", 2)
    assert len(ops("logs", "-p", "web", "-p", "schedule").out.splitlines()) == 3
    assert ops("logs", "--task", "dddd").out.endswith(" two\n")
    assert ops("logs", "--task", "worker.bbbbbbbb").out.endswith(" three\n"), "as it is shown"


def test_lines_are_found_by_what_they_say_not_by_how_json_writes_it(ops: Ops, say: Say) -> None:
    say("web", {"level": "INFO", "message": 'he said "grün"'}, 9)
    say("web", {"level": "INFO", "message": "other", "exception": "KeyError: 'x'"}, 8)
    say("web", _request("/a", 500), 7)
    say("worker", "status 500, plain", 6, WORKER)

    def found(expression: str) -> int:
        return len(json.loads(ops("logs", "--json", "--grep", expression).out))

    assert found('"grün"') == 1, 'JSON writes a quote as \\", and ü as \\u00fc'
    assert found(r"KeyError: '\w'") == 1
    assert found("500") == 2
    assert found(r'"status": 5\d\d') == 1, "the line as it was printed counts, too"
    assert found("nowhere") == 0


def test_cloudwatch_is_asked_to_leave_out_only_what_is_certain(
    ops: Ops, stack: Stack, aws: Calls
) -> None:
    def pattern(*words: str) -> str | None:
        ops("logs", "--since", "1m", "-p", "web", *words)
        asked = aws.with_parameters("logs:FilterLogEvents")[-1]
        found = asked.get("filterPattern")
        return None if found is None else str(found)

    assert pattern() is None
    assert pattern("--grep", "/polls/7") == "%/polls/7%"
    assert pattern("--grep", "5..") is None, "an expression here may mean another thing there"
    assert pattern("--grep", "grün") is None, "JSON may write it in another way"
    assert pattern("--request-id", REQUEST) == f'"{REQUEST}"'
    assert pattern("--request-id", 'a"b') is None


def test_one_request_shows_its_own_lines_and_those_of_its_jobs(ops: Ops, say: Say) -> None:
    say("web", _request("/", 200), 9)
    say("worker", {"message": "mail sent", "request_id": REQUEST, "job": "mail"}, 8, WORKER)
    say("web", _request(f"/{REQUEST}", 200, request_id="0" * 32), 7)
    found = json.loads(ops("logs", "--json", "--request-id", REQUEST).out)
    assert [line["process"] for line in found] == ["web", "worker"], (
        "a line that only mentions the id belongs to another request"
    )


class TestFollow:
    """With -f lines come for ever, each once, whatever AWS does meanwhile."""

    def test_shows_what_was_and_then_what_comes(
        self, ops: Ops, say: Say, clock: HastyClock
    ) -> None:
        say("web", "before", 5)
        clock.then(lambda: say("web", "new", 0), nothing, lambda: say("worker", "newer", 0, WORKER))
        clock.then(nothing, enough)
        lines = ops("logs", "-f").out.splitlines()
        assert [line.split()[-1] for line in lines] == ["before", "new", "newer"], (
            "each line once, though it is read many times"
        )

    def test_shows_a_line_that_comes_late(self, ops: Ops, say: Say, clock: HastyClock) -> None:
        say("web", "old", 50)
        say("web", "new", 1)
        late = OVERLAP.total_seconds() / 2
        clock.then(lambda: say("worker", "late", late, WORKER), enough)
        lines = ops("logs", "-f").out.splitlines()
        assert [line.split()[-1] for line in lines] == ["old", "new", "late"]

    @pytest.mark.parametrize("minutes", [-4, 4])
    def test_shows_each_line_once_though_the_clock_here_is_wrong(
        self, ops: Ops, say: Say, clock: HastyClock, monkeypatch: pytest.MonkeyPatch, minutes: int
    ) -> None:
        right = clock.now
        monkeypatch.setattr(clock, "now", lambda: right() + timedelta(minutes=minutes))
        for number in range(10):
            say("web", f"old-{number}", 239 - 20 * number)
        clock.then(*[partial(say, "web", f"new-{number}", 0) for number in range(5)], enough)
        lines = ops("logs", "-f", "-p", "web", "--since", "1h").out.splitlines()
        assert [line.split()[-1] for line in lines] == [
            *(f"old-{number}" for number in range(10)),
            *(f"new-{number}" for number in range(5)),
        ]

    @pytest.mark.parametrize("words", [["--grep", "RARE"], ["--grep", "R.RE"], []])
    def test_does_not_read_again_for_ever_what_nobody_wants(
        self, ops: Ops, stack: Stack, clock: HastyClock, aws: Calls, words: list[str]
    ) -> None:
        clock.then(*[nothing] * 380, enough)
        ops("logs", "-f", "-p", "web", "-n", "0", *words)
        starts = [asked["startTime"] for asked in aws.with_parameters("logs:FilterLogEvents")]
        kept = sum(clock.slept[: len(starts) - 1]) - (starts[-1] - starts[0]) / 1000
        assert len(starts) == 382, "one for what is there already"
        assert kept < 400, "each look would be longer and dearer than the one before"

    def test_learns_from_lines_that_nobody_wants_how_far_it_has_read(
        self, ops: Ops, say: Say, clock: HastyClock, aws: Calls
    ) -> None:
        say("web", "wanted", 3000)
        say("web", "other", 1)
        clock.then(nothing, nothing, enough)
        ops("logs", "-f", "-p", "web", "--grep", "w.nted")
        starts = [asked["startTime"] for asked in aws.with_parameters("logs:FilterLogEvents")]
        assert starts[-1] - starts[-3] > 2_900_000, "a busy process would be read over and over"

    @pytest.mark.parametrize("words", [["--grep", "ERR.R"], ["-n", "0"], ["--since", "1s"]])
    def test_shows_what_comes_though_the_clock_here_is_ahead(
        self,
        ops: Ops,
        say: Say,
        clock: HastyClock,
        monkeypatch: pytest.MonkeyPatch,
        words: list[str],
    ) -> None:
        right = clock.now
        monkeypatch.setattr(clock, "now", lambda: right() + timedelta(minutes=4))
        say("web", "old", 30)
        clock.then(partial(say, "web", "ERROR first", 0), *[nothing] * 5, enough)
        lines = ops("logs", "-f", *words).out.splitlines()
        assert [line.split()[-1] for line in lines] == ["first"]

    def test_does_not_show_older_lines_than_were_asked_for(
        self, ops: Ops, say: Say, clock: HastyClock
    ) -> None:
        say("web", "old", 20)
        say("web", "last", 10)
        clock.then(nothing, enough)
        assert ops("logs", "-f", "-n", "1").out.splitlines()[0].endswith("last")
        clock.then(nothing, enough)
        assert ops("logs", "-f", "-n", "0").out == ""

    def test_gives_a_program_one_object_a_line(self, ops: Ops, say: Say, clock: HastyClock) -> None:
        say("web", "before", 5)
        clock.then(lambda: say("web", "new", 0), enough)
        lines = ops("logs", "-f", "--json").out.splitlines()
        assert [json.loads(line)["text"] for line in lines] == ["before", "new"]

    def test_waits_while_aws_throttles_and_goes_on_where_it_was(
        self, ops: Ops, say: Say, clock: HastyClock, aws: Calls
    ) -> None:
        say("web", "before", 5)

        def throttle() -> None:
            say("web", "meanwhile", 0)
            aws.refuse("logs:FilterLogEvents", "ThrottlingException", "Rate exceeded", times=7)

        clock.then(throttle, *[nothing] * 7, enough)
        done = ops("logs", "-f")
        assert [line.split()[-1] for line in done.out.splitlines()] == ["before", "meanwhile"]
        assert done.err.count("Waiting, as AWS does not answer now") == 1, "once is enough"
        assert "Rate exceeded" in done.err
        assert "AWS answers again" in done.err
        assert clock.slept[1:8] == [1, 2, 4, 8, 16, 30, 30], "longer each time, within reason"

    def test_waits_for_a_new_login_and_goes_on_where_it_was(
        self, ops: Ops, say: Say, clock: HastyClock, aws: Calls, keys: Path
    ) -> None:
        say("web", "before", 5)

        def expire() -> None:
            say("web", "meanwhile", 0)
            aws.refuse("logs:FilterLogEvents", "ExpiredTokenException", times=4)

        clock.then(expire, *[nothing] * 4, enough)
        done = ops("logs", "-f", input="")
        assert [line.split()[-1] for line in done.out.splitlines()] == ["before", "meanwhile"]
        assert done.err.count("Your AWS login has expired. Log in again in another terminal") == 1

    def test_ends_with_keys_that_nobody_can_renew(
        self, ops: Ops, stack: Stack, clock: HastyClock, aws: Calls
    ) -> None:
        clock.then(lambda: aws.refuse("logs:FilterLogEvents", "ExpiredTokenException"))
        done = ops("logs", "-f", input="")
        assert done.code == 1
        assert "logs of staging stopped: your AWS login has expired" in done.err
        assert "or new keys in your shell" in done.err

    def test_ends_when_it_may_not_read(
        self, ops: Ops, stack: Stack, clock: HastyClock, aws: Calls
    ) -> None:
        aws.refuse("logs:FilterLogEvents", "AccessDeniedException")
        done = ops("logs", "-f")
        assert done.code == 1
        assert "may not do that" in done.err
        assert "`bin/ops permissions logs --stack staging`" in done.err


def test_a_short_throttling_is_waited_for_without_following(
    ops: Ops, say: Say, clock: HastyClock, aws: Calls
) -> None:
    say("web", "here", 5)
    aws.refuse("logs:FilterLogEvents", "ThrottlingException", times=3)
    assert ops("logs").out.endswith("here\n")
    aws.refuse("logs:FilterLogEvents", "ThrottlingException")
    done = ops("logs")
    assert done.code == 1
    assert "That passes by itself" in done.err


def test_an_expired_login_ends_it_without_following(
    ops: Ops, stack: Stack, clock: HastyClock, aws: Calls
) -> None:
    aws.refuse("logs:FilterLogEvents", "ExpiredTokenException")
    done = ops("logs")
    assert done.code == 1
    assert "logs of staging stopped: your AWS login has expired" in done.err
    assert clock.slept == [], "a script would wait for ever"


def test_more_than_one_page_is_read(ops: Ops, stack: Stack, aws: Calls) -> None:
    now = int(datetime.now(UTC).timestamp() * 1000)

    def answer(asked: dict[str, object]) -> dict[str, object]:
        token = str(asked.get("nextToken", ""))
        text, following = {"": ("a", "x"), "x": ("", "y"), "y": ("b", "")}[token]
        event = {
            "eventId": text,
            "logStreamName": "web/web/1",
            "timestamp": now,
            "message": text,
        }
        return {"events": [event] if text else []} | ({"nextToken": following} if following else {})

    aws.answer("logs:FilterLogEvents", answer)  # type: ignore[arg-type]
    found = json.loads(ops("logs", "--json", "--since", "1m", "-p", "web").out)
    assert [line["text"] for line in found] == ["a", "b"], "an empty page is not the last one"


def test_the_mocked_log_keeps_what_was_said(stack: Stack, say: Say) -> None:
    """Otherwise the tests above that find nothing would prove nothing."""
    say("web", "here", 5)
    group = stack.outputs.log_group_names["web"]
    assert client("logs").filter_log_events(logGroupName=group)["events"]
