"""What is shown from the cache, and what brings it up to date."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from app import cache
from app.database import db
from app.polls import ballot
from tests.app.browser import Browser
from tests.app.conftest import engine_of


def without_notice(app: Flask, statement: str) -> None:
    """Change the database behind the application's back."""
    with engine_of(app).begin() as connection:
        connection.execute(text(statement))


def number_of(poll: str) -> int:
    return int(poll.rpartition("/")[2])


def test_list_and_results_are_asked_of_the_database_once(
    visitor: Browser, another: Browser, app: Flask
) -> None:
    poll = visitor.open_poll("Kept for a while?")
    visitor.vote(poll, "Tea")
    assert another.votes(poll) == [1, 0]
    another.get("/")
    without_notice(app, "DELETE FROM votes")
    without_notice(app, "UPDATE polls SET title = 'Changed'")
    assert another.votes(poll) == [1, 0], "every view would count all votes"
    assert "Kept for a while?" in another.get("/").text
    # A change that the application makes itself is seen at once.
    another.open_poll("A new one?")
    assert "Changed" in another.get("/").text


def test_a_vote_is_seen_at_once_by_everybody(visitor: Browser, another: Browser) -> None:
    poll = visitor.open_poll()
    assert another.votes(poll) == [0, 0]
    assert "0 votes" in another.get("/").text
    visitor.vote(poll, "Coffee")
    assert another.votes(poll) == [0, 1]
    assert "1 vote<" in another.get("/").text, "the list would lag behind"


def test_closing_is_seen_at_once_by_everybody(visitor: Browser, app: Flask) -> None:
    poll = visitor.open_poll()
    visitor.get("/")
    without_notice(app, "UPDATE polls SET closes_at = now()")
    with app.app_context():
        # What the worker does.
        assert ballot.close_due(db.session) == [(number_of(poll), 0)]
    assert ">closed<" in visitor.get("/").text


def test_a_deleted_poll_is_gone_at_once(visitor: Browser, app: Flask) -> None:
    poll = visitor.open_poll("Soon gone?")
    visitor.get("/")
    with app.app_context():
        found = ballot.find(db.session, number_of(poll))
        assert found
        ballot.remove(db.session, found)
    assert "Soon gone?" not in visitor.get("/").text


def test_who_has_just_voted_sees_it_counted_whatever_the_cache_holds(
    visitor: Browser, another: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    poll = visitor.open_poll()
    assert another.votes(poll) == [0, 0]
    # As if the cache were that of another process, or had been out of reach for the moment.
    monkeypatch.setattr(cache, "forget", lambda *_keys: None)
    visitor.vote(poll, "Tea")
    assert visitor.votes(poll) == [1, 0], "the vote would seem to be lost"
    assert another.votes(poll) == [0, 0], "this test would prove nothing"


def test_what_is_done_without_an_application_needs_no_cache(visitor: Browser, app: Flask) -> None:
    with Session(engine_of(app)) as session:
        poll = ballot.create(session, "From a script?", ["Yes", "No"])
    assert visitor.get(f"/polls/{poll.id}").status_code == 200
