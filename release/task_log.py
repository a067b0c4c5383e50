"""What one task prints, read from CloudWatch while it runs: every line once."""

from collections import deque
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from release.progress import Clock

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

LAST_LINES = 50
# CloudWatch does not say that a stream is complete, and its lines come after the task has stopped:
# they are all there when none came for this long. No page of AWS's promises a bound.
QUIET_SECONDS = 5.0
# A stream that cannot be read, or that never ends, must not hold up the verdict.
DRAIN_SECONDS = 60.0
_POLL_SECONDS = 1.0


class TaskLog:
    """A task's log stream, read forward.

    It fails nothing: a task is judged by its exit code, not by what can be read of it. `trouble`
    says why the last reading failed; `last_lines` are the newest LAST_LINES of what was read.
    `has_more`: the last reading has not reached the end of the stream.
    """

    def __init__(self, logs: "CloudWatchLogsClient", group: str, stream: str) -> None:
        self.group = group
        self.stream = stream
        self.trouble = ""
        self.has_more = False
        self.last_lines: deque[str] = deque(maxlen=LAST_LINES)
        self._logs = logs
        self._token: str | None = None

    def read(self) -> list[str]:
        """The next page of lines; none, with `trouble`, when they cannot be had now.

        No more than a page, as a task may print faster than it is read: whoever reads has other
        things to look at in between.
        """
        self.trouble, self.has_more = "", False
        messages: list[str] = []
        try:
            messages = [each["message"] for each in self._page()]
        except self._logs.exceptions.ResourceNotFoundException:
            pass  # The stream is made with its first line.
        except (BotoCoreError, ClientError) as error:
            self.trouble = str(error)
        # For a person's eyes: what moves the cursor makes a line of its own.
        self.last_lines.extend(line for each in messages for line in each.splitlines())
        return [line for each in messages for line in each.removesuffix("\n").split("\n")]

    def drain(self, clock: Clock) -> Iterator[str]:
        """What is still to come of a task that has stopped; `has_more` if there was no time."""
        quiet_since = clock.now()
        until = quiet_since + timedelta(seconds=DRAIN_SECONDS)
        while True:
            lines = self.read()
            yield from lines
            now = clock.now()
            if lines or self.trouble or self.has_more:
                quiet_since = now
            if now >= until or now - quiet_since >= timedelta(seconds=QUIET_SECONDS):
                return
            if not self.has_more:
                clock.sleep(_POLL_SECONDS)

    def _page(self) -> list[Any]:
        """The next page. At the end of the stream CloudWatch gives the token back.

        An empty page is not the end [CloudWatch Logs API, GetLogEvents].
        """
        place: Any = {"nextToken": self._token} if self._token else {}
        page = self._logs.get_log_events(
            logGroupName=self.group, logStreamName=self.stream, startFromHead=True, **place
        )
        self.has_more = page["nextForwardToken"] != self._token
        self._token = page["nextForwardToken"]
        return page["events"]
