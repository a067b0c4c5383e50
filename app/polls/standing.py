"""What every visitor sees alike, kept in the cache: how the votes stand, the list's first page."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import has_app_context
from sqlalchemy.orm import Session

from app import cache
from app.polls import ballot
from app.polls.ballot import Entry, Page, Result
from app.polls.models import Poll, Vote

# How old what is shown may be where a change did not reach the cache: it was out of reach, or it is
# the memory of another process.
VOTES_SECONDS = 10
LIST_SECONDS = 10
LIST = "list"
TIMES = ("created_at", "closes_at", "closed_at")


def results(session: Session, poll: Poll, own: Vote | None = None) -> list[Result]:
    """Votes for each option in the poll's order; who has just voted sees the vote counted."""
    if own is not None and datetime.now(UTC) - own.created_at < timedelta(seconds=VOTES_SECONDS):
        return ballot.results(session, poll)

    def count() -> dict[str, int]:
        # Text, as JSON has no other keys.
        return {str(option): votes for option, votes in ballot.counts(session, poll.id).items()}

    counted = cache.remember(_votes(poll.id), VOTES_SECONDS, count)
    return ballot.standing(poll, {int(option): votes for option, votes in counted.items()})


def first_page(session: Session) -> Page:
    """The newest polls."""

    def read() -> dict[str, Any]:
        page = ballot.newest(session)
        return {"entries": [_flat(entry) for entry in page.entries], "older": page.older}

    page = cache.remember(LIST, LIST_SECONDS, read)
    return Page([_entry(flat) for flat in page["entries"]], page["older"])


@ballot.changed.connect
def forget(poll_id: int) -> None:
    """Show the change to everybody at once."""
    # Without an application, as in a script, there is no cache either.
    if has_app_context():
        cache.forget(_votes(poll_id), LIST)


def _votes(poll_id: int) -> str:
    return f"votes:{poll_id}"


def _flat(entry: Entry) -> dict[str, Any]:
    """The entry as JSON can hold it."""
    values = asdict(entry)
    return values | {name: values[name] and values[name].isoformat() for name in TIMES}


def _entry(flat: dict[str, Any]) -> Entry:
    times = {name: flat[name] and datetime.fromisoformat(flat[name]) for name in TIMES}
    return Entry(**(flat | times))
