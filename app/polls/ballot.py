"""What can be done with polls, in terms of the database: for pages, API and jobs alike."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from uuid import UUID

from blinker import Signal
from sqlalchemy import delete, exists, func, or_, select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from app.accounts.models import User
from app.database.clock import from_now, now_precise
from app.database.once import insert_once
from app.media.models import Picture
from app.polls.models import Option, Poll, Vote

PAGE_SIZE = 20
# More words make the search slower, not better.
SEARCH_WORDS = 8
# Sent with the poll's id after each change is committed: copies of it are then out of date.
changed = Signal("A poll was made, voted in, closed or deleted.")


@dataclass(frozen=True)
class Entry:
    """A line of the list; `author` is a name."""

    id: int
    title: str
    created_at: datetime
    closes_at: datetime | None
    closed_at: datetime | None
    author: str | None
    votes: int

    @property
    def is_open(self) -> bool:
        """As `Poll.is_open`."""
        due = self.closes_at is not None and self.closes_at <= datetime.now(UTC)
        return self.closed_at is None and not due


@dataclass(frozen=True)
class Page:
    """Some polls, newest first; `older` is the `before` of the next page, None on the last."""

    entries: list[Entry]
    older: int | None


class Outcome(Enum):
    """What became of a vote."""

    COUNTED = auto()
    REPEATED = auto()
    TOO_LATE = auto()


@dataclass(frozen=True)
class Result:
    """An option's votes; `percent` of all votes in the poll, rounded, 0 where there are none."""

    option_id: int
    label: str
    votes: int
    percent: int


def newest(
    session: Session,
    before: int | None = None,
    *,
    search: str = "",
    author_id: int | None = None,
    limit: int = PAGE_SIZE,
) -> Page:
    """A page of polls: with ids under `before`, with all words of `search`, by one author."""
    votes = select(func.count()).where(Vote.poll_id == Poll.id).correlate(Poll).scalar_subquery()
    columns = (Poll.id, Poll.title, Poll.created_at, Poll.closes_at, Poll.closed_at)
    query = select(*columns, User.name, votes).outerjoin(Poll.author).order_by(Poll.id.desc())
    if before is not None:
        query = query.where(Poll.id < before)
    if author_id is not None:
        query = query.where(Poll.author_id == author_id)
    for word in search.split()[:SEARCH_WORDS]:
        query = query.where(Poll.title.icontains(word, autoescape=True))
    entries = [Entry(*row) for row in session.execute(query.limit(limit + 1))]
    page = entries[:limit]
    return Page(page, page[-1].id if len(entries) > limit else None)


def find(session: Session, poll_id: int) -> Poll | None:
    """The poll with its options in order, its author and its picture, if there is one."""
    parts = (selectinload(Poll.options), joinedload(Poll.author), joinedload(Poll.picture))
    return session.get(Poll, poll_id, options=parts)


def create(
    session: Session,
    title: str,
    labels: Sequence[str],
    open_for: timedelta | None = None,
    *,
    author_id: int | None = None,
    picture: Picture | None = None,
) -> Poll:
    """Save a poll with its options in the given order; without `open_for` it stays open."""
    options = [Option(position=number, label=label) for number, label in enumerate(labels, 1)]
    # The database's clock: the one that says later whether a vote comes in time.
    seconds = None if open_for is None else open_for.total_seconds()
    closes_at = None if seconds is None else session.scalar(select(from_now(seconds)))
    poll = Poll(title=title, options=options, closes_at=closes_at, author_id=author_id)
    poll.picture = picture
    session.add(poll)
    session.commit()
    changed.send(poll.id)
    return poll


def may_manage(user: User, poll: Poll) -> bool:
    """Whether the signed-in user may close or delete the poll."""
    return user.is_administrator or (poll.author_id is not None and poll.author_id == user.id)


def voter_of(user: User, key: str) -> UUID:
    """The number under which a signed-in user votes, on every device the same.

    Made with a secret key: who reads the table of votes alone cannot tell whose they are.
    """
    digest = hmac.new(key.encode(), f"voter:{user.id}".encode(), hashlib.sha256).digest()
    # Marked as made from a name, which no visitor's random number is.
    return UUID(bytes=digest[:16], version=5)


def vote_of(session: Session, poll: Poll, *voters: UUID | None) -> Vote | None:
    """The vote in this poll that was cast under one of these numbers, if any; the first counts."""
    for voter in voters:
        if voter is not None and (vote := session.get(Vote, (poll.id, voter))):
            return vote
    return None


def cast(session: Session, poll: Poll, option_id: int, visitor: UUID) -> Outcome:
    """Count a vote in an open poll, once for a visitor, however close in time they come."""
    in_time = or_(Poll.closes_at.is_(None), Poll.closes_at > now_precise())
    still_open = (
        select(Poll.id)
        .where(Poll.id == poll.id, Poll.closed_at.is_(None), in_time)
        # Votes share the row; who closes the poll waits for them, so that final means final.
        .with_for_update(read=True)
    )
    if session.scalar(still_open) is None:
        session.rollback()
        return Outcome.TOO_LATE
    vote = {"poll_id": poll.id, "option_id": option_id, "visitor": visitor}
    counted = insert_once(session, Vote, vote, conflict=("poll_id", "visitor"))
    session.commit()
    if counted:
        changed.send(poll.id)
    return Outcome.COUNTED if counted else Outcome.REPEATED


def close(session: Session, poll: Poll) -> bool:
    """End the voting now; False when the poll was closed already."""
    still_open = (Poll.id == poll.id, Poll.closed_at.is_(None))
    # The lock waits for votes under way: what `closed_at` says is final, is.
    if session.scalar(select(Poll.id).where(*still_open).with_for_update()) is None:
        session.rollback()
        return False
    session.execute(update(Poll).where(*still_open).values(closed_at=now_precise()))
    session.commit()
    session.refresh(poll)
    changed.send(poll.id)
    return True


def remove(session: Session, poll: Poll, *, with_votes: bool = False) -> bool:
    """Delete the poll; False where it has votes, unless they may go too."""
    session.scalar(select(Poll.id).where(Poll.id == poll.id).with_for_update())
    if not with_votes and session.scalar(select(exists().where(Vote.poll_id == poll.id))):
        session.rollback()
        return False
    # The database deletes options and votes with it; its picture goes with the next sweep.
    session.execute(delete(Poll).where(Poll.id == poll.id))
    session.commit()
    changed.send(poll.id)
    return True


def close_due(
    session: Session, also: Callable[[int], object] = lambda _poll_id: None
) -> list[tuple[int, int]]:
    """Close the polls whose time has come; the id and the votes of each that was open until now.

    `also` is called for each id, for what belongs into the same transaction.
    """
    due = select(Poll.id).where(Poll.closes_at <= func.now(), Poll.closed_at.is_(None))
    # Locked in one order: two workers at once wait for each other, and the second finds nothing.
    closed = session.scalars(due.order_by(Poll.id).with_for_update()).all()
    session.execute(update(Poll).where(Poll.id.in_(closed)).values(closed_at=func.now()))
    votes = select(Vote.poll_id, func.count()).where(Vote.poll_id.in_(closed))
    totals = dict(session.execute(votes.group_by(Vote.poll_id)).all())
    for poll_id in closed:
        also(poll_id)
    session.commit()
    for poll_id in closed:
        changed.send(poll_id)
    return [(poll_id, totals.get(poll_id, 0)) for poll_id in closed]


def counts(session: Session, poll_id: int) -> dict[int, int]:
    """Votes by the id of the option; an option without votes is left out."""
    query = (
        select(Vote.option_id, func.count()).where(Vote.poll_id == poll_id).group_by(Vote.option_id)
    )
    return dict(session.execute(query).all())


def standing(poll: Poll, votes: Mapping[int, int]) -> list[Result]:
    """What these votes come to, in the poll's order."""
    total = sum(votes.values()) or 1
    return [
        Result(
            option.id, option.label, count := votes.get(option.id, 0), round(100 * count / total)
        )
        for option in poll.options
    ]


def results(session: Session, poll: Poll) -> list[Result]:
    """Votes for each option, in the poll's order."""
    return standing(poll, counts(session, poll.id))
