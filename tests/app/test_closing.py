"""Polls that end: no vote counts after their time, and the worker makes the result final."""

from __future__ import annotations

import re
from datetime import timedelta
from threading import Thread
from uuid import uuid4

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.polls import ballot
from app.polls.ballot import Outcome
from app.polls.forms import PollForm
from tests.app.browser import OPTION, TOKEN, Browser
from tests.app.conftest import engine_of


def make_due(app: Flask, poll: str) -> None:
    """Let the time of the poll have come."""
    with engine_of(app).begin() as connection:
        number = poll.rpartition("/")[2]
        connection.execute(
            text("UPDATE polls SET closes_at = now() WHERE id = :id"), {"id": number}
        )


def close_due(app: Flask) -> list[tuple[int, int]]:
    with Session(engine_of(app)) as session:
        return ballot.close_due(session)


@pytest.fixture
def poll(visitor: Browser) -> str:
    """The address of a poll that ends in two hours."""
    fields = {"title": "Tea or coffee?", "options-0": "Tea", "options-1": "Coffee"}
    fields |= {"closes_after": "2", "closes_unit": "hours"}
    return visitor.author.submit("/polls/new", "/polls", fields).location


def test_the_end_of_a_poll_is_told_before_and_after_a_vote(visitor: Browser, poll: str) -> None:
    told = r"Voting ends on <time datetime=\"[^\"]+\">\d+ \w+ \d{4}, \d\d:\d\d UTC</time>"
    assert re.search(told, visitor.get(poll).text), "who comes tomorrow would find it closed"
    visitor.vote(poll, "Tea")
    assert re.search(told, visitor.get(poll).text)


def test_a_poll_without_an_end_stays_open(visitor: Browser, app: Flask) -> None:
    poll = visitor.open_poll()
    assert close_due(app) == []
    assert "Voting ends" not in visitor.get(poll).text
    assert visitor.vote(poll, "Tea").status_code == 303


def test_no_vote_counts_after_the_end_even_before_the_worker_came(
    visitor: Browser, app: Flask, poll: str
) -> None:
    page = visitor.get(poll).text
    (token,), options = TOKEN.findall(page), OPTION.findall(page)
    make_due(app, poll)
    late = visitor.client.post(f"{poll}/votes", data={"csrf_token": token, "option": options[0][0]})
    assert late.status_code == 409
    assert "Your vote came too late and is not counted." in late.text
    assert visitor.votes(poll) == [0, 0], "a poll would end when the worker has time for it"
    shown = visitor.get(poll).text
    assert 'name="option"' not in shown, "a form that will be refused would be offered"
    assert "The result becomes final" in shown


def test_a_closed_poll_shows_its_final_result_to_all(
    visitor: Browser, another: Browser, app: Flask, poll: str
) -> None:
    visitor.vote(poll, "Tea")
    make_due(app, poll)
    number = int(poll.rpartition("/")[2])
    assert close_due(app) == [(number, 1)]
    page = another.get(poll).text
    assert "This result is final." in page
    assert ">Vote</a>" not in page
    assert 'class="mark over">closed' in another.get("/").text


def test_a_poll_is_closed_once_however_often_the_job_is_done(app: Flask, poll: str) -> None:
    make_due(app, poll)
    assert len(close_due(app)) == 1
    assert close_due(app) == [], "the result would be made final twice"


def test_a_vote_under_way_is_part_of_the_final_result_and_a_later_one_is_not(
    app: Flask, migrated: str
) -> None:
    engine = engine_of(app)
    votes: list[Outcome] = []
    closed: list[tuple[int, int]] = []

    def cast() -> None:
        with Session(engine) as session:
            found = ballot.find(session, number)
            assert found
            votes.append(ballot.cast(session, found, found.options[0].id, uuid4()))

    with Session(engine) as session:
        number = ballot.create(session, "Soon?", ["Yes", "No"], timedelta(seconds=1)).id
    with psycopg.connect(migrated) as holder:
        holder.execute("LOCK TABLE votes IN EXCLUSIVE MODE")
        voting = Thread(target=cast)
        voting.start()
        holder.execute("SELECT pg_sleep(1.2)")
        closing = Thread(target=lambda: closed.extend(close_due(app)))
        closing.start()
        closing.join(0.3)
        assert closing.is_alive(), "a result would be final while a vote is being counted"
    voting.join(30)
    closing.join(30)
    assert closed == [(number, 1)], "a vote that counted would be missing in the final result"
    cast()
    assert votes == [Outcome.COUNTED, Outcome.TOO_LATE], "a final result would change"


def test_the_clock_of_the_database_decides_whether_a_vote_is_in_time(
    visitor: Browser, app: Flask, poll: str
) -> None:
    make_due(app, poll)
    with Session(engine_of(app)) as session:
        found = ballot.find(session, int(poll.rpartition("/")[2]))
        assert found
        outcome = ballot.cast(session, found, found.options[0].id, uuid4())
    assert outcome is Outcome.TOO_LATE, "a task whose clock is slow would take late votes"


@pytest.mark.parametrize(
    ("number", "unit", "open_for"),
    [
        ("", "days", None),
        (" ", "nonsense", None),
        ("1", "minutes", timedelta(minutes=1)),
        ("36", "hours", timedelta(hours=36)),
        ("365", "days", timedelta(days=365)),
    ],
)
def test_the_end_is_a_number_of_a_unit_or_none(
    number: str, unit: str, open_for: timedelta | None
) -> None:
    form = form_with(number, unit)
    assert form.validate(), form.errors
    assert form.open_for == open_for


@pytest.mark.parametrize(
    ("number", "unit"),
    [("0", "days"), ("-1", "days"), ("366", "days"), ("1.5", "hours"), ("x", "days"), ("1", "x")],
)
def test_an_end_that_makes_no_sense_is_refused(number: str, unit: str) -> None:
    form = form_with(number, unit)
    assert not form.validate()
    assert list(form.errors) == ["closes_after"], "the author would not know what to change"


def form_with(number: str, unit: str) -> PollForm:
    fields = [("title", "Which?"), ("options-0", "A"), ("options-1", "B")]
    return PollForm(MultiDict([*fields, ("closes_after", number), ("closes_unit", unit)]))
