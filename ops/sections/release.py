"""Which release serves, and how the last one ended."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ops.releases.history import when, who
from ops.releases.unfinished import is_stuck
from ops.sections.section import Section

if TYPE_CHECKING:
    from release.record import Record


def section(newest_first: list[Record], now: datetime, longest: timedelta) -> Section:
    """The newest release, judged by its verdict, or by the time when that is open for too long."""
    if not newest_first:
        return Section(state="wrong", text="none yet: nothing has been released")
    latest = newest_first[0]
    serving = next((each for each in newest_first if each.verdict == "succeeded"), None)
    facts = {"latest": asdict(latest), "serving": serving.number if serving else None}
    back = f" (back to {latest.rollback_to})" if latest.rollback_to else ""
    named = f"{latest.number}{back}, {when(latest.started_at, now)} by {who(latest)}"
    serves = f"release {serving.number} serves" if serving else "no release serves"
    if latest.verdict == "succeeded":
        return Section(state="fine", text=f"{named}, serves", facts=facts)
    if is_stuck(latest, longest, now):
        return Section(
            state="wrong",
            text=f"{named}, was interrupted: nothing says how it ended; {serves}",
            facts=facts,
        )
    if latest.verdict == "running":
        return Section(state="told", text=f"{named}, is under way; {serves}", facts=facts)
    return Section(
        state="wrong",
        text=f"{named}, {latest.verdict}: {latest.reason or 'no reason is known'}; {serves}",
        facts=facts,
    )
