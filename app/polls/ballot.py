"""What can be done with polls, in terms of the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, selectinload

from app.polls.models import Option, Poll, Vote

PAGE_SIZE = 20


@dataclass(frozen=True)
class Entry:
    """A line of the list."""

    id: int
    title: str
    created_at: datetime
    closed_at: datetime | None
    votes: int


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


def newest(session: Session, before: int | None = None) -> tuple[list[Entry], int | None]:
    """A page of polls, newest first, older than `before`; and what to give for the next page."""
    votes = select(func.count()).where(Vote.poll_id == Poll.id).correlate(Poll).scalar_subquery()
    columns = (Poll.id, Poll.title, Poll.created_at, Poll.closed_at)
    query = select(*columns, votes).order_by(Poll.id.desc())
    if before is not None:
        query = query.where(Poll.id < before)
    entries = [Entry(*row) for row in session.execute(query.limit(PAGE_SIZE + 1))]
    page = entries[:PAGE_SIZE]
    return page, page[-1].id if len(entries) > PAGE_SIZE else None


def find(session: Session, poll_id: int) -> Poll | None:
    """The poll with its options in order, if there is one."""
    return session.get(Poll, poll_id, options=[selectinload(Poll.options)])


def create(
    session: Session, title: str, labels: Sequence[str], open_for: timedelta | None = None
) -> Poll:
    """Save a poll with its options in the given order; without `open_for` it stays open."""
    options = [Option(position=number, label=label) for number, label in enumerate(labels, 1)]
    # The database's clock: the one that says later whether a vote comes in time.
    closes_at = None if open_for is None else session.scalar(select(func.now() + open_for))
    poll = Poll(title=title, options=options, closes_at=closes_at)
    session.add(poll)
    session.commit()
    return poll


def choice_of(session: Session, poll: Poll, visitor: UUID | None) -> int | None:
    """The id of the option that the visitor chose in this poll, if any."""
    if visitor is None:
        return None
    vote = session.get(Vote, (poll.id, visitor))
    return vote.option_id if vote else None


def cast(session: Session, poll: Poll, option_id: int, visitor: UUID) -> Outcome:
    """Count a vote in an open poll, once for a visitor, however close in time they come."""
    in_time = or_(Poll.closes_at.is_(None), Poll.closes_at > func.clock_timestamp())
    still_open = (
        select(Poll.id)
        .where(Poll.id == poll.id, Poll.closed_at.is_(None), in_time)
        # Votes share the row; who closes the poll waits for them, so that final means final.
        .with_for_update(read=True)
    )
    if session.scalar(still_open) is None:
        session.rollback()
        return Outcome.TOO_LATE
    statement = (
        insert(Vote)
        .values(poll_id=poll.id, option_id=option_id, visitor=visitor)
        .on_conflict_do_nothing(index_elements=[Vote.poll_id, Vote.visitor])
        .returning(Vote.option_id)
    )
    counted = session.scalar(statement) is not None
    session.commit()
    return Outcome.COUNTED if counted else Outcome.REPEATED


def close_due(session: Session) -> list[tuple[int, int]]:
    """Close the polls whose time has come; the id and the votes of each that was open until now."""
    statement = (
        update(Poll)
        .where(Poll.closes_at <= func.now(), Poll.closed_at.is_(None))
        .values(closed_at=func.now())
        .returning(Poll.id)
    )
    closed = session.scalars(statement).all()
    votes = select(Vote.poll_id, func.count()).where(Vote.poll_id.in_(closed))
    counts = dict(session.execute(votes.group_by(Vote.poll_id)).all())
    session.commit()
    return [(poll_id, counts.get(poll_id, 0)) for poll_id in closed]


def results(session: Session, poll: Poll) -> list[Result]:
    """Votes for each option, in the poll's order."""
    query = (
        select(Vote.option_id, func.count()).where(Vote.poll_id == poll.id).group_by(Vote.option_id)
    )
    votes = dict(session.execute(query).all())
    total = sum(votes.values()) or 1
    return [
        Result(
            option.id, option.label, count := votes.get(option.id, 0), round(100 * count / total)
        )
        for option in poll.options
    ]
