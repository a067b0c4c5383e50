"""What one task prints, read from CloudWatch while it runs: every line once."""

from collections import deque
from collections.abc import Iterator
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
    says why the last reading failed; `last_lines` are the newest LAST_LINES.
    """

    def __init__(self, logs: "CloudWatchLogsClient", group: str, stream: str) -> None:
        self.group = group
        self.stream = stream
        self.trouble = ""
        self.last_lines: deque[str] = deque(maxlen=LAST_LINES)
        self._logs = logs
        self._token: str | None = None

    def read(self) -> list[str]:
        """The lines since the last reading; none, with `trouble`, when they cannot be had now."""
        self.trouble = ""
        lines: list[str] = []
        try:
            for events in self._pages():
                lines += [line for each in events for line in each["message"].splitlines()]
        except self._logs.exceptions.ResourceNotFoundException:
            pass  # The stream is made with its first line.
        except (BotoCoreError, ClientError) as error:
            self.trouble = str(error)
        self.last_lines.extend(lines)
        return lines

    def drain(self, clock: Clock) -> Iterator[str]:
        """What is still to come of a task that has stopped."""
        waited = quiet = 0.0
        while quiet < QUIET_SECONDS and waited < DRAIN_SECONDS:
            lines = self.read()
            yield from lines
            quiet = 0.0 if lines or self.trouble else quiet + _POLL_SECONDS
            waited += _POLL_SECONDS
            clock.sleep(_POLL_SECONDS)

    def _pages(self) -> Iterator[list[Any]]:
        """Pages up to the end of the stream, which is where CloudWatch gives the token back.

        An empty page is not the end [CloudWatch Logs API, GetLogEvents].
        """
        while True:
            place: Any = {"nextToken": self._token} if self._token else {}
            page = self._logs.get_log_events(
                logGroupName=self.group, logStreamName=self.stream, startFromHead=True, **place
            )
            ended = page["nextForwardToken"] == self._token
            self._token = page["nextForwardToken"]
            yield page["events"]
            if ended:
                return
