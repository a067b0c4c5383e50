"""What can be done with polls, in terms of the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
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
    votes: int


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
    query = select(Poll.id, Poll.title, Poll.created_at, votes).order_by(Poll.id.desc())
    if before is not None:
        query = query.where(Poll.id < before)
    entries = [Entry(*row) for row in session.execute(query.limit(PAGE_SIZE + 1))]
    page = entries[:PAGE_SIZE]
    return page, page[-1].id if len(entries) > PAGE_SIZE else None


def find(session: Session, poll_id: int) -> Poll | None:
    """The poll with its options in order, if there is one."""
    return session.get(Poll, poll_id, options=[selectinload(Poll.options)])


def create(session: Session, title: str, labels: Sequence[str]) -> Poll:
    """Save a poll with its options in the given order."""
    options = [Option(position=number, label=label) for number, label in enumerate(labels, 1)]
    poll = Poll(title=title, options=options)
    session.add(poll)
    session.commit()
    return poll


def choice_of(session: Session, poll: Poll, visitor: UUID | None) -> int | None:
    """The id of the option that the visitor chose in this poll, if any."""
    if visitor is None:
        return None
    vote = session.get(Vote, (poll.id, visitor))
    return vote.option_id if vote else None


def cast(session: Session, poll: Poll, option_id: int, visitor: UUID) -> bool:
    """Count a vote; False when this visitor has voted here before, however close in time."""
    statement = (
        insert(Vote)
        .values(poll_id=poll.id, option_id=option_id, visitor=visitor)
        .on_conflict_do_nothing(index_elements=[Vote.poll_id, Vote.visitor])
        .returning(Vote.option_id)
    )
    counted = session.scalar(statement) is not None
    session.commit()
    return counted


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
