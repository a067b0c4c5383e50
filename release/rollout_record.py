"""The release's record, from the beginning of its rollout to its verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from release.ledger import Ledger
from release.record import PhaseResult, Record, Verdict
from release.source import read_source

_NOT_NEEDED = PhaseResult(outcome="not needed", reason="nothing that it depends on has changed")
_NO_PHASE = PhaseResult(outcome="not needed", reason="a rollback leaves the database as it is")


def begin(ledger: Ledger, wanted: Record, root: Path) -> Record:
    """The open record of the wanted release, as its phase has left it.

    Without one the wanted release needed no phase: it is opened now, with the commit that `root`
    is at. What another release has left open was interrupted.
    """
    latest = ledger.latest()
    if latest and latest.verdict == "running":
        if latest.releases(wanted.image, wanted.command, wanted.configuration):
            return latest
        reason = "another release began before it had ended"
        ledger.save(ended(latest, "interrupted", reason, {}, wanted.started_at))
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


def begin_rollback(ledger: Ledger, target: Record, deployed_by: str, now: datetime) -> Record:
    """The open record of going back to a release, or that of an attempt which was interrupted.

    Any other release that is open was interrupted, or is overtaken by this.
    """
    latest = ledger.latest()
    if latest and latest.verdict == "running":
        if latest.rollback_to == target.number:
            return latest
        reason = f"a rollback to release {target.number} began before it had ended"
        ledger.save(ended(latest, "interrupted", reason, {}, now))
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


def ended(
    record: Record, verdict: Verdict, reason: str, revisions: Mapping[str, str], now: datetime
) -> Record:
    """The record with its verdict and the revisions that were asked for."""
    return replace(record, verdict=verdict, reason=reason, task_definitions=revisions, ended_at=now)


def release_numbers(history: Sequence[Record]) -> Mapping[str, int]:
    """The number of the newest release that succeeded with a revision; `history` newest first."""
    return {
        revision: record.number
        for record in reversed(history)
        if record.verdict == "succeeded"
        for revision in record.task_definitions.values()
    }
