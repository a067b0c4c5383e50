"""A release whose record is open: under way, or killed, which nothing but the time tells."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from release.restore_point import SNAPSHOT_SECONDS

if TYPE_CHECKING:
    from infra.settings import Settings
    from release.record import Record

# The most that the settings allow for, where they cannot be read.
_PHASE_AND_ROLLOUT_SECONDS = 21_600 + 7200


def longest(settings: Settings | None) -> timedelta:
    """What a release may take: the snapshot before its phase, the phase, and the rollout."""
    seconds = (
        settings.release.timeout_seconds + settings.release.rollout_timeout_seconds
        if settings
        else _PHASE_AND_ROLLOUT_SECONDS
    )
    return timedelta(seconds=SNAPSHOT_SECONDS + seconds)


def is_under_way(record: Record, longest: timedelta, now: datetime) -> bool:
    """Whether it has not ended, and still may."""
    return record.verdict == "running" and now - record.started_at <= longest


def is_stuck(record: Record, longest: timedelta, now: datetime) -> bool:
    """Whether it has not ended, and should have."""
    return record.verdict == "running" and not is_under_way(record, longest, now)
