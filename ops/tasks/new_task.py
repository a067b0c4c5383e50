"""Starting a task, of which ECS may not know at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from ops.problems import OpsError
from ops.tasks.command_end import NOT_RUN
from release.aws_errors import code_of
from release.progress import Clock, Say
from release.task_end import UNKNOWN_SECONDS
from release.task_run import NotStartedError, TaskRun

_POLL_SECONDS = 1.0


def started(tasks: TaskRun, mark: str, overrides: Mapping[str, Any], say: Say, stack: str) -> str:
    """ARN of a command's new task; OpsError when ECS does not take it."""
    try:
        return tasks.start(mark, overrides=overrides)
    except NotStartedError as error:
        raise OpsError(
            f"ECS did not take the task: {error}.\nRepeat it in a minute; `bin/ops doctor` "
            "looks for what commonly causes that.",
            exit_code=NOT_RUN,
        ) from None
    except KeyboardInterrupt:
        say(
            "Whether ECS has started the task is not known: "
            f"`bin/ops ps --stack {stack}` shows it, `bin/ops run --stop ID --stack {stack}` "
            "ends it."
        )
        raise


def is_unknown(error: Exception) -> bool:
    """Whether ECS does not know the task that it was asked to stop: not yet, or no more."""
    return code_of(error) == "InvalidParameterException"


def once_known(ask: Callable[[], None], began_at: datetime, clock: Clock) -> None:
    """Ask ECS about a task that began then, and while it is new again until ECS knows it."""
    while True:
        try:
            ask()
        except ClientError as error:
            is_new = (clock.now() - began_at).total_seconds() <= UNKNOWN_SECONDS
            if not is_new or not is_unknown(error):
                raise
            clock.sleep(_POLL_SECONDS)
        else:
            return
