"""The release's record, from the beginning of its rollout to its verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from release.ledger import Ledger
from release.problems import OvertakenError, ReleaseError
from release.record import PhaseResult, Record
from release.source import read_source

_NOT_NEEDED = PhaseResult(outcome="not needed", reason="nothing that it depends on has changed")
_NO_PHASE = PhaseResult(outcome="not needed", reason="a rollback leaves the database as it is")


def begin(ledger: Ledger, wanted: Record, root: Path) -> Record:
    """The open record of the wanted release, as its phase has left it.

    Without one the wanted release needed no phase: it is opened now, with the commit that `root`
    is at. What another release has left open was interrupted.
    """
    latest = ledger.latest()
    if latest and latest.verdict == "running" and _is_of(latest, wanted):
        return latest
    if latest and latest.rollback_to:
        _must_not_be_overtaken(ledger, wanted, latest)
    if latest and latest.verdict == "running":
        reason = "another release began before it had ended"
        ledger.close(latest, reason, wanted.started_at, task_definitions={})
    source = read_source(root)
    return ledger.open(
        replace(
            wanted,
            commit=source.commit,
            author=source.author,
            dirty=source.dirty,
            phase=_NOT_NEEDED,
        )
    )


def _is_of(record: Record, wanted: Record) -> bool:
    return record.releases(wanted.image, wanted.command, wanted.configuration)


def _must_not_be_overtaken(ledger: Ledger, wanted: Record, rollback: Record) -> None:
    """OvertakenError when a rollback began while the wanted release was on its way.

    Once: it is a failed release then, which the next update releases anew. Nobody can tell an
    update that has gone on meanwhile from one that begins again, but that a person was told.
    """
    own = next((each for each in ledger.newest_first() if each.rollback_to is None), None)
    if own is None or own.verdict not in ("running", "interrupted") or not _is_of(own, wanted):
        return
    reason = f"overtaken by {rollback.title}"
    ledger.update(own, verdict="failed", reason=reason, ended_at=own.ended_at or wanted.started_at)
    raise OvertakenError(
        f"Release {own.number} was overtaken by {rollback.title}, which began meanwhile.\n"
        "This update ends here; its tasks may run beside those of the rollback: `bin/ops ps` shows "
        f"what runs.\nTo have release {rollback.rollback_to}, run `bin/ops rollback "
        f"{rollback.rollback_to}`; to have release {own.number} all the same, `pulumi up` again."
    )


def begin_rollback(
    ledger: Ledger, target: Record, newest: Record | None, deployed_by: str, now: datetime
) -> Record:
    """The open record of going back to a release, or that of an attempt which was interrupted.

    Any other release that is open was interrupted, or is overtaken by this. ReleaseError when the
    newest release is another than a person was told of, or has gone on: its migrations too.
    """
    latest = ledger.latest()
    if newest and latest != newest:
        raise _gone_on(latest or newest)
    if latest and latest.verdict == "running":
        if latest.rollback_to == target.number:
            return latest
        reason = f"a rollback to release {target.number} began before it had ended"
        if not ledger.close(latest, reason, now, task_definitions={}):
            raise _gone_on(latest)
    return ledger.open(
        replace(
            target,
            verdict="running",
            reason="",
            command=f"rollback to {target.number}",
            deployed_by=deployed_by,
            started_at=now,
            ended_at=None,
            phase=_NO_PHASE,
            restore_point=None,
            task_definitions={},
            rollback_to=target.number,
        )
    )


def _gone_on(latest: Record) -> ReleaseError:
    return ReleaseError(
        f"{latest.title.capitalize()} has begun, gone on or ended at this very moment.\n"
        "Nothing was changed. Run the same command again: it says what that means."
    )


def release_numbers(history: Sequence[Record]) -> Mapping[str, int]:
    """The number of the newest release that succeeded with a revision; `history` newest first."""
    return {
        revision: record.number
        for record in reversed(history)
        if record.verdict == "succeeded"
        for revision in record.task_definitions.values()
    }
