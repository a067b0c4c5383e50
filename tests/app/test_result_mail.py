"""The mail to an author when a poll has ended: one, with the result, to nobody else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.database import db
from app.jobs.models import JobDone
from app.mail.models import Mail
from app.polls.jobs import close_due
from tests.app.browser import AUTHOR, Browser
from tests.app.conftest import engine_of


@pytest.fixture
def due(app: Flask, visitor: Browser) -> str:
    """The address of a poll with three votes whose time has come."""
    poll = visitor.open_poll()
    for label in ("Tea", "Tea", "Coffee"):
        assert Browser(app).vote(poll, label).status_code == 303
    with engine_of(app).begin() as connection:
        connection.execute(text("UPDATE polls SET closes_at = now()"))
    return poll


def close(app: Flask) -> list[Mail]:
    """Do the job as the worker does it; all mails after it."""
    with app.app_context():
        close_due()
        return list(db.session.scalars(select(Mail)))


def test_the_author_gets_the_result_once(app: Flask, due: str) -> None:
    (mail,) = close(app)
    assert mail.recipient == AUTHOR
    assert mail.subject == "The result of your poll: Tea or coffee?"
    assert mail.body == (
        "Your poll “Tea or coffee?” has ended.\n\n"
        "Tea: 2 (67 %)\nCoffee: 1 (33 %)\n\nVotes in all: 3\n"
    )
    assert len(close(app)) == 1, "the author would get a mail each minute"


def test_the_mail_is_written_with_the_closing_or_the_poll_stays_open(
    app: Flask, due: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_given: object, **_values: object) -> bool:
        raise ConnectionError

    with monkeypatch.context() as broken:
        broken.setattr("app.polls.result_mail.outbox.write", fail)
        with pytest.raises(ConnectionError):
            close(app)
    assert len(close(app)) == 1, "the poll would be closed, and its author never told"


def test_the_mail_leads_to_the_page_where_the_site_has_a_name(
    make_app: Callable[..., Flask], migrated: str, due: str
) -> None:
    (mail,) = close(make_app(migrated, domain="polls.example.org"))
    assert mail.body.endswith(f"\n\nhttps://polls.example.org{due}\n")


@pytest.mark.parametrize(
    "change",
    ["UPDATE polls SET author_id = NULL", "UPDATE users SET disabled_at = now()"],
)
def test_where_there_is_nobody_to_tell_the_poll_is_closed_all_the_same(
    app: Flask, due: str, change: str
) -> None:
    with engine_of(app).begin() as connection:
        connection.execute(text(change))
    assert close(app) == []
    with engine_of(app).connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM polls WHERE closed_at IS NULL")) == 0


def test_a_closing_counts_as_a_job_done(app: Flask, due: str) -> None:
    close(app)
    with app.app_context():
        number = due.rpartition("/")[2]
        assert db.session.get(JobDone, f"end:{number}"), "the figures would not know of it"
