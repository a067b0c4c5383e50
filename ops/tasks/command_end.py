"""How a command's task ended: the exit code to pass on, and what to say of it."""

from __future__ import annotations

from collections.abc import Iterator

from ops.tasks.running_tasks import SHOWN_DIGITS
from release.task_end import TaskEnd, task_id

# As `docker run`: the command was not run, or not to its end as far as is known.
# 130: ended by Ctrl-C.
NOT_RUN, INTERRUPTED = 125, 130
# What ECS and Fargate write in a stop reason.
_REMEDIES = {
    "CannotPullContainer": "Its image is gone, or the registry cannot be reached; `bin/ops doctor` "
    "says which.",
    "ResourceInitialization": "Its secrets or its log group cannot be read or reached; "
    "`bin/ops doctor` looks for the reason.",
    "CannotStartContainer": "The image has no such program: look at the first word of the command.",
    "Capacity is unavailable": "AWS has no room in these zones at the moment: wait some minutes.",
}
# The stop code of a task whose container never ran [ECS API, Task].
_NEVER_RAN = "TaskFailedToStart"
_ELSE = "`bin/ops doctor` looks for what commonly causes that."


def exit_code(end: TaskEnd, *, interrupted: bool) -> int:
    """The command's own, unless it did not come to its end."""
    if interrupted:
        return INTERRUPTED
    if end.exit_code is None or (end.exit_code == 0 and not end.succeeded):
        return NOT_RUN
    return end.exit_code


def remedy(reason: str) -> str:
    """What helps against the reason for which ECS stopped a task."""
    return next((said for word, said in _REMEDIES.items() if word in reason), _ELSE)


def sentences(end: TaskEnd, *, interrupted: bool) -> Iterator[str]:
    """What happened and what helps; nothing of a command that went well."""
    if interrupted:
        yield "The task has stopped."
    elif end.exit_code is None and end.reason.startswith(_NEVER_RAN):
        yield f"The task {task_id(end.task_arn)} never ran the command: {end.reason}."
        yield remedy(end.reason)
    elif end.exit_code is None:
        yield f"How the command ended is not known: {end.reason}."
        yield (
            "It may have done its work, or a part of it: look before you run it again. What it "
            f"printed: bin/ops logs --task {task_id(end.task_arn)[:SHOWN_DIGITS]}"
        )
    elif end.exit_code:
        yield f"The command ended with exit code {end.exit_code} ({end.reason})."
        if "OutOfMemory" in end.reason:
            yield "It needed more memory than it had: give it more by --size."
    elif not end.succeeded:
        yield f"The task was stopped before the command was done: {end.reason}."
