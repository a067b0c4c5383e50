"""Which releases stay complete, and which have gone out of date."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from release.record import Record


@dataclass(frozen=True, kw_only=True)
class Releases:
    """Records parted: `kept` with all that they cite, `old` whose parts may go.

    What is younger than `kept_since` belongs to a kept release, or to one that nobody recorded.
    """

    kept: tuple[Record, ...]
    old: tuple[Record, ...]
    kept_since: datetime

    @property
    def revisions(self) -> frozenset[str]:
        """The task definitions that kept releases cite."""
        return frozenset(arn for each in self.kept for arn in each.task_definitions.values())

    @property
    def images(self) -> frozenset[str]:
        """The images that kept releases cite."""
        return frozenset(each.image for each in self.kept)


def part(history: Sequence[Record], kept_releases: int, running: frozenset[str]) -> Releases | None:
    """Part the history, newest first; None while there are not more than the kept ones.

    Kept are the newest `kept_releases` that succeeded, everything since (a failed release is
    looked into while it is recent), what has not ended, and what a running revision belongs to.
    """
    succeeded = [each for each in history if each.verdict == "succeeded" and not each.expired]
    if len(succeeded) < kept_releases:
        return None
    oldest = succeeded[kept_releases - 1]
    recent = [each for each in history if each.number >= oldest.number]
    cited = {arn for each in recent for arn in each.task_definitions.values()}
    still_running = running - cited
    kept = [
        each
        for each in history
        if each.number >= oldest.number
        or each.verdict == "running"
        or still_running & set(each.task_definitions.values())
    ]
    old = [each for each in history if each not in kept and not each.expired]
    return Releases(kept=tuple(kept), old=tuple(old), kept_since=oldest.started_at)
