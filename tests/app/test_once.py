"""Rows that exist once, on Postgres and on the server that stands for MySQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.database.clock import from_now, now_precise
from app.database.once import insert_once, upsert_count
from app.tables import JobDone, Mail, RateCount, User, Vote
from tests.app.conftest import engine_of

MYSQL = pytest.param("mysql_app", marks=[pytest.mark.processes, pytest.mark.xdist_group("mariadb")])
AT_ONCE = 8


@pytest.fixture(params=["app", MYSQL])
def engine(request: pytest.FixtureRequest, make_app: Callable[..., Flask]) -> Engine:
    """The engine of an application that does several things at once."""
    address = {"app": "migrated", "mysql_app": "mysql_migrated"}[request.param]
    request.getfixturevalue(request.param)  # it empties the tables
    return engine_of(make_app(request.getfixturevalue(address), threads=AT_ONCE))


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as session:
        yield session


def test_the_first_row_is_inserted_and_the_second_is_not(session: Session) -> None:
    values = {"key": "close:1"}
    assert insert_once(session, JobDone, values, ["key"])
    assert not insert_once(session, JobDone, values, ["key"]), "a job would be done twice"
    session.commit()
    assert not insert_once(session, JobDone, values, ["key"])
    assert insert_once(session, JobDone, {"key": "close:2"}, ["key"]), "it would never be done"
    session.commit()
    assert session.scalars(select(JobDone.key).order_by(JobDone.key)).all() == [
        "close:1",
        "close:2",
    ]


def test_a_row_is_gone_with_the_transaction_that_inserted_it(session: Session) -> None:
    assert insert_once(session, JobDone, {"key": "close:1"}, ["key"])
    session.rollback()
    assert insert_once(session, JobDone, {"key": "close:1"}, ["key"]), (
        "a job that failed would count as done"
    )


def test_a_refused_row_leaves_the_transaction_as_it_was(session: Session) -> None:
    assert insert_once(session, JobDone, {"key": "close:1"}, ["key"])
    session.commit()
    session.add(Mail(key="before", recipient="a@example.org", subject="s", body="b"))
    session.flush()
    assert not insert_once(session, JobDone, {"key": "close:1"}, ["key"])
    session.commit()
    assert session.scalar(select(Mail.key)) == "before", "what was done before would be lost"


def test_another_rule_that_the_row_breaks_is_an_error(session: Session) -> None:
    strange = {"poll_id": 1, "option_id": 1, "visitor": "0" * 32}
    with pytest.raises(IntegrityError):
        insert_once(session, Vote, strange, ["poll_id", "visitor"])
    session.rollback()
    user = {"email": "ada@example.org", "name": "Ada"}
    assert insert_once(session, User, user, ["email"])
    session.commit()
    taken = session.scalar(select(User.id))
    with pytest.raises(IntegrityError):
        # The address is new, the number is not.
        insert_once(session, User, {"id": taken, "email": "b@example.org", "name": "B"}, ["email"])


def test_of_many_at_once_one_inserts(engine: Engine) -> None:
    def insert(_number: int) -> bool:
        with Session(engine) as session:
            inserted = insert_once(session, JobDone, {"key": "close:1"}, ["key"])
            session.commit()
        return inserted

    with ThreadPoolExecutor(AT_ONCE) as threads:
        inserted = list(threads.map(insert, range(4 * AT_ONCE)))
    assert sum(inserted) == 1, "two workers would do the same job"


def test_hits_are_counted_within_the_window_and_anew_after_it(engine: Engine) -> None:
    def count(amount: int = 1) -> tuple[int, datetime]:
        with engine.begin() as connection:
            return upsert_count(connection, RateCount, "sign-in:x", seconds=60, amount=amount)

    assert [count()[0], count()[0], count(amount=5)[0]] == [1, 2, 7]
    _, ends_at = count()
    assert timedelta(seconds=50) < ends_at - datetime.now(UTC) <= timedelta(seconds=60), (
        "a window would be longer or shorter than was asked for"
    )
    assert count()[1] == ends_at, "each hit would lengthen the window"
    with engine.begin() as connection:
        connection.execute(update(RateCount).values(ends_at=from_now(-1)))
    hits, ends_at = count()
    assert hits == 1, "whoever was over the limit would stay so"
    assert ends_at > datetime.now(UTC), "the new window would be over at once"


def test_hits_at_the_same_time_are_all_counted(engine: Engine) -> None:
    def count(_number: int) -> int:
        with engine.begin() as connection:
            return upsert_count(connection, RateCount, "sign-in:x", seconds=60).hits

    with ThreadPoolExecutor(AT_ONCE) as threads:
        counted = list(threads.map(count, range(8 * AT_ONCE)))
    assert sorted(counted) == list(range(1, 8 * AT_ONCE + 1)), "a limit could be overrun"


def test_the_database_s_clock_is_read_to_the_microsecond_in_utc(engine: Engine) -> None:
    with engine.connect() as connection:
        first, later = connection.execute(select(now_precise(), from_now(1.5))).one()
        second = connection.scalar(select(now_precise()))
    assert abs(first - datetime.now(UTC)) < timedelta(minutes=1), "times would be of another zone"
    assert later - first > timedelta(seconds=1.4)
    assert second is not None
    assert second > first, "a vote that comes too late could count"
    assert first.microsecond or second.microsecond, "times would be cut to seconds"


def test_a_default_time_is_now_in_utc(session: Session) -> None:
    session.add(JobDone(key="close:1"))
    session.commit()
    done_at = session.scalar(select(JobDone.done_at))
    assert done_at is not None
    assert abs(done_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert session.scalar(select(func.count()).where(JobDone.done_at <= func.now())) == 1, (
        "the database's own clock would disagree with what it saved"
    )
