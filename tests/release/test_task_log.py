"""Every line of a task is read once, though they come late and CloudWatch is not always there."""

import pytest

from release.task_log import TaskLog
from tests.release.answering import RefusedError, answering
from tests.release.fake_clock import FakeClock
from tests.release.fake_tasks import CLUSTER, WELL, FakeEcs, FakeLogs, FakeTask, Script

ARN = f"{CLUSTER}/one"


class Stream:
    """The log of one task, whose lines are visible from their seconds on."""

    def __init__(self, *lines: tuple[float, str]) -> None:
        self.clock = FakeClock()
        ecs = FakeEcs(self.clock)
        ecs.tasks[ARN] = FakeTask(ARN, Script(lines=lines), {}, self.clock.now())
        self.fake = FakeLogs(ecs)
        self.log = TaskLog(answering(logs=self.fake).logs, "/group", "release/release/one")

    def read_after(self, seconds: float) -> list[str]:
        self.clock.sleep(seconds)
        lines = self.log.read()
        while self.log.has_more:
            lines += self.log.read()
        return lines


def test_a_stream_that_does_not_exist_yet_has_no_lines_and_no_trouble() -> None:
    stream = Stream((5, "first"))
    assert stream.log.read() == []
    assert stream.log.trouble == ""
    assert stream.read_after(5) == ["first"]


def test_many_pages_are_read_one_at_a_time() -> None:
    stream = Stream(*((0.0, str(number)) for number in range(4)))
    assert (stream.log.read(), stream.log.has_more) == (["0", "1"], True)
    assert (stream.log.read(), stream.log.has_more) == (["2", "3"], True)
    assert (stream.log.read(), stream.log.has_more) == ([], False)


def test_many_pages_are_all_read_and_never_again() -> None:
    stream = Stream(*((1.0, str(number)) for number in range(7)), (9.0, "later"))
    assert stream.read_after(1) == [str(number) for number in range(7)]
    assert stream.read_after(1) == []
    assert stream.read_after(7) == ["later"], "a line was lost or doubled"


def test_a_throttled_page_loses_and_doubles_nothing() -> None:
    stream = Stream(*((1.0, str(number)) for number in range(5)))
    stream.fake.refusals = [None, RefusedError("ThrottlingException", "Rate exceeded")]
    assert stream.read_after(1) == ["0", "1"]
    assert "Rate exceeded" in stream.log.trouble
    assert stream.read_after(1) == ["2", "3", "4"]
    assert stream.log.trouble == "", "the report would say that the log cannot be read"


def test_who_may_not_read_logs_is_told_in_the_report_alone() -> None:
    stream = Stream((1, "x"))
    stream.fake.refusals = [RefusedError("AccessDeniedException", "may not")]
    assert stream.read_after(1) == []
    assert "may not" in stream.log.trouble


def test_a_message_of_several_lines_is_several_lines() -> None:
    assert Stream((1, "a\nb\n"), (1, "\n"), (1, "c")).read_after(1) == ["a", "b", "", "c"]


def test_a_line_is_what_was_printed_and_several_for_who_reads_why_it_failed() -> None:
    stream = Stream((1, "a\u2028b\x0cc"), (1, "10 %\r20 %\r"))
    assert stream.read_after(1) == ["a\u2028b\x0cc", "10 %\r20 %\r"]
    assert list(stream.log.last_lines) == ["a", "b", "c", "10 %", "20 %"]


def test_the_last_fifty_lines_are_kept() -> None:
    stream = Stream(*((1.0, str(number)) for number in range(60)))
    stream.read_after(1)
    assert list(stream.log.last_lines) == [str(number) for number in range(10, 60)]


class TestDrain:
    """CloudWatch does not say that a stream is complete."""

    def test_lines_that_come_after_the_end_are_not_lost(self) -> None:
        stream = Stream((3, "a"), (7, "b"), (11, "c"))
        assert list(stream.log.drain(stream.clock)) == ["a", "b", "c"]

    def test_a_quiet_stream_ends_it_soon(self) -> None:
        stream = Stream((1, "a"))
        list(stream.log.drain(stream.clock))
        assert stream.clock.elapsed() <= 8

    def test_a_throttled_reading_does_not_count_as_quiet(self) -> None:
        stream = Stream((1, "a"))
        stream.fake.refusals = [RefusedError("ThrottlingException")] * 10
        assert list(stream.log.drain(stream.clock)) == ["a"], "the reason of a failure is lost"

    @pytest.mark.parametrize("endless", [True, False])
    def test_it_ends_though_the_stream_does_not(self, endless: bool) -> None:
        stream = Stream(*((float(second), "x") for second in range(1000)))
        if not endless:
            stream.fake.refusals = [RefusedError("AccessDeniedException")] * 1000
        list(stream.log.drain(stream.clock))
        assert stream.clock.elapsed() <= 61, "the update would hang"

    def test_it_ends_in_the_middle_of_what_takes_too_long_to_read(self) -> None:
        stream = Stream(*((0.0, str(number)) for number in range(1000)))
        stream.fake.seconds_a_page = 1
        lines = list(stream.log.drain(stream.clock))
        assert lines == [str(number) for number in range(len(lines))]
        assert 60 <= stream.clock.elapsed() <= 61, "the update would hang"
        assert stream.log.has_more, "it would be taken for all"


def test_a_whole_task_is_read_as_it_was_written() -> None:
    stream = Stream(*WELL.lines)
    read = [line for _ in range(20) for line in stream.read_after(2)]
    assert read == [line for _, line in WELL.lines]
