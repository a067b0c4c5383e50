"""Lines of several log groups as one, in the order of time: those of the past, and as they come."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ops.logs.line import Line, Wanted, line_of
from release.progress import Clock

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_logs.type_defs import FilterLogEventsResponseTypeDef

    Page = FilterLogEventsResponseTypeDef

POLL_SECONDS = 2.0
# A line may be in CloudWatch this long after it was printed, behind others that are newer: the
# log driver holds lines back when it cannot keep up, and no page of AWS's promises a bound.
OVERLAP = timedelta(seconds=60)
# So far apart this machine's clock and AWS's may be: beyond that AWS refuses what is signed here
# [IAM user guide, "AWS Signature Version 4 for API requests"].
CLOCKS_APART = timedelta(minutes=5)
# Where the newest lines are looked for, one window after the other.
WINDOWS = (
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(days=1),
    timedelta(days=7),
)
# Asks once; a patient one asks until there is an answer.
Ask = Callable[[Callable[[], "Page"]], "Page"]


@dataclass(frozen=True, kw_only=True)
class LogReader:
    """Reads the groups of some processes, by the processes' names.

    An update may remove the group of a process that is `leaving`.
    """

    logs: CloudWatchLogsClient
    groups: Mapping[str, str]
    wanted: Wanted
    ask: Ask
    with_expressions: bool = True
    leaving: Collection[str] = ()

    def between(self, start: datetime, end: datetime | None = None) -> Iterator[Line]:
        """The wanted lines from `start` to `end`, both included, read as far as they are used."""
        return filter(self.wanted.takes, self._all(start, end))

    def newest(self, count: int, now: datetime) -> list[Line]:
        """The last lines, oldest first: as many as there are within the longest window."""
        found: list[Line] = []
        end = now + CLOCKS_APART
        for window in WINDOWS:
            start = now - window
            missing = count - len(found)
            found[:0] = deque(self.between(start, end), maxlen=missing)
            if len(found) >= count:
                break
            end = start - timedelta(milliseconds=1)
        return found

    def ids_since(self, start: datetime) -> Mapping[str, datetime]:
        """The times of all lines since then, by the lines' ids."""
        return {line.id: line.time for line in self._all(start)}

    def follow(
        self, past: Iterable[Line], known: Mapping[str, datetime], begin: datetime, clock: Clock
    ) -> Iterator[Line]:
        """The lines of the past, then for ever those that come, each once, and none of `known`.

        Without a past they begin with `begin`, by whichever clock. Within one look they are in
        order; a late one comes when it is there.
        """
        seen: dict[str, datetime] = {}
        newest = start = begin - CLOCKS_APART
        for line in past:
            if not seen:
                # What is newer than the first line shown and was not, came late.
                start = line.time
            newest = line.time
            seen[line.id] = line.time
            _forget_before(min(newest, begin) - OVERLAP, seen)
            yield line
        seen = {**known, **seen}
        start = max(start, min(newest, clock.now()) - OVERLAP)
        while True:
            asked_at = clock.now()
            for line in self._all(start):
                # One that nobody wants tells as well how far CloudWatch has come.
                newest = max(newest, line.time)
                if line.id not in seen and self.wanted.takes(line):
                    seen[line.id] = line.time
                    yield line
            # A line from the future must not hide the present, and where none comes at all the
            # time that was looked at must not grow for ever.
            start = max(start, min(newest, asked_at) - OVERLAP, asked_at - CLOCKS_APART - OVERLAP)
            seen = {name: time for name, time in seen.items() if time >= start}
            clock.sleep(POLL_SECONDS)

    def _all(self, start: datetime, end: datetime | None = None) -> Iterator[Line]:
        """All lines that CloudWatch gives, in the order of time."""
        return heapq.merge(
            *(self._of_group(process, start, end) for process in self.groups),
            key=lambda line: line.time,
        )

    def _of_group(self, process: str, start: datetime, end: datetime | None) -> Iterator[Line]:
        for page in self._pages(process, start, end):
            lines = (line_of(process, event) for event in page["events"])
            yield from sorted(lines, key=lambda line: line.time)

    def _pages(self, process: str, start: datetime, end: datetime | None) -> Iterator[Page]:
        """An empty page is not the last one: that has no token [CloudWatch Logs API]."""
        question: dict[str, Any] = {
            "logGroupName": self.groups[process],
            "startTime": _milliseconds(start),
        }
        if end is not None:
            question["endTime"] = _milliseconds(end)
        if pattern := self.wanted.pattern(with_expressions=self.with_expressions):
            question["filterPattern"] = pattern
        if self.wanted.task:
            question["logStreamNamePrefix"] = f"{process}/{process}/{self.wanted.task}"
        while True:
            try:
                page = self.ask(lambda: self.logs.filter_log_events(**question))
            except self.logs.exceptions.ResourceNotFoundException:
                if process not in self.leaving:
                    raise
                return
            yield page
            token = page.get("nextToken")
            if not token:
                return
            question["nextToken"] = token


def _forget_before(time: datetime, seen: dict[str, datetime]) -> None:
    """Forget lines that were shown in their order and are too old to be read again."""
    while seen and seen[first := next(iter(seen))] < time:
        del seen[first]


def _milliseconds(time: datetime) -> int:
    return int(time.timestamp() * 1000)
