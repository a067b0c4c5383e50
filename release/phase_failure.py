"""What a person reads when a release phase fails."""

from release.plain_text import clean
from release.record import Record, RestorePoint
from release.task_end import TaskEnd, task_id
from release.task_log import TaskLog

# What ECS and Fargate write in a stop reason, and what it usually asks for.
_REMEDIES = {
    "CannotPullContainer": "Check that the registry still has the image and that the task's "
    "subnets reach it.",
    "ResourceInitialization": "Check that the task's execution role may read its secrets, and that "
    "its subnets reach Secrets Manager and CloudWatch.",
    "OutOfMemory": "Raise `release: memory-mib`.",
    "Capacity is unavailable": "AWS has no room in these zones at the moment: wait some minutes.",
}
_MORE_TIME = "Raise `release: timeout-seconds` if its work needs longer."
_READ_LOG = "Correct what the log shows."


def nothing_ran(record: Record, why: str, serving: int | None) -> str:
    """The message when no task was started; `serving` is the number of the release that serves."""
    return "\n".join(
        [
            f"Release {record.number} failed before its release task was started.",
            f"  why: {why}",
            *_ending(record, serving, _remedy(why, "Correct that.")),
        ]
    )


def task_failed(record: Record, end: TaskEnd, log: TaskLog, serving: int | None) -> str:
    """The message when the task ended without success."""
    otherwise = _MORE_TIME if end.timed_out else _READ_LOG if log.last_lines else "Correct that."
    return "\n".join(
        [
            f"Release {record.number} failed: {_headline(end)}",
            f"  ran: {record.command}",
            f"  image: {record.image}",
            f"  task: {task_id(end.task_arn)}",
            f"  reason: {end.reason}",
            *_last_lines(log),
            *_ending(record, serving, _remedy(end.reason, otherwise)),
        ]
    )


def _headline(end: TaskEnd) -> str:
    if end.timed_out:
        return "its release task did not end in time."
    if end.exit_code is None:
        return "its release task has no exit code, so it never started or ended unseen."
    if end.exit_code == 0:
        return "its release task was stopped before it had done its work."
    return f"its release task ended with exit code {end.exit_code}."


def _last_lines(log: TaskLog) -> list[str]:
    where = f"(log group {log.group}, stream {log.stream})"
    if log.trouble:
        where += f"\n  the log cannot be read: {log.trouble}"
    if not log.last_lines:
        return [f"  it printed nothing {where}"]
    head = f"  its last lines {where}:"
    return [head, *(f"    {clean(line)}" for line in log.last_lines)]


def _ending(record: Record, serving: int | None, remedy: str) -> list[str]:
    return [
        "The services were not changed"
        + (f": release {serving} still serves." if serving else "; no release has succeeded yet."),
        *(_restore_point(record.restore_point) if record.restore_point else []),
        f"{remedy} Then run the same command again: the release phase runs anew, as release "
        f"{record.number + 1}.",
    ]


def _restore_point(point: RestorePoint) -> list[str]:
    made = f", snapshot {point.snapshot_id}" if point.snapshot_id else ""
    return [f"The database as it was before: {point.time:%Y-%m-%d %H:%M:%S} UTC{made}."]


def _remedy(reason: str, otherwise: str) -> str:
    return next((said for word, said in _REMEDIES.items() if word in reason), otherwise)
