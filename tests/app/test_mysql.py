"""The application on MySQL, for which a real MariaDB stands: the same SQL, driver and locks."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import create_engine, select, text, update
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.orm import Session

from app.accounts.models import Role
from app.config import Config
from app.database import db
from app.database.clock import from_now
from app.deploy import lock
from app.deploy.problems import DeployError
from app.deploy.steps import deploy
from app.mail import delivery, outbox
from app.polls import ballot
from app.tables import Base, Mail, Poll, Vote
from tests.app.browser import Browser
from tests.app.conftest import MakeConfig, engine_of
from tests.app.mariadb import MariaDB
from tests.app.people import PASSWORD, make_user, sign_in

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("mariadb")]
NUMBERS = count(1)
AT_ONCE = 8


@pytest.fixture
def empty(mariadb: MariaDB, make_config: MakeConfig) -> Config:
    """The settings for a database without any table."""
    settings = {"admin_email": "admin@example.org", "admin_password": PASSWORD}
    return make_config(mariadb.create_database(f"empty_{next(NUMBERS)}"), **settings)


@pytest.fixture
def browser(mysql_app: Flask) -> Browser:
    return Browser(mysql_app)


def test_the_release_makes_what_the_models_describe_and_then_changes_nothing(
    empty: Config, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    deploy(empty)
    assert caplog.messages[-1] == "Release step done: the schema is up to date (0003, was empty)."
    deploy(empty)
    assert caplog.messages[-1].endswith("(0003, nothing to do).")
    assert "Administrator: there is one." in caplog.messages
    engine = create_engine(empty.database_address)
    with engine.connect() as connection:
        missing = compare_metadata(MigrationContext.configure(connection), Base.metadata)
        texts = connection.execute(
            text(
                "SELECT DISTINCT collation_name FROM information_schema.columns "
                "WHERE table_schema = DATABASE() AND table_name <> 'alembic_version' "
                "AND collation_name IS NOT NULL"
            )
        ).scalars()
        assert set(texts) == {"utf8mb4_bin"}, "texts would be kept as the server's owner likes it"
    engine.dispose()
    assert missing == [], "a table or column of the program would not exist"


def test_a_release_waits_for_another(
    empty: Config, mariadb: MariaDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "PAUSE_SECONDS", 0.02)
    monkeypatch.setattr(lock, "PATIENCE_SECONDS", 0.1)
    engine = create_engine(empty.database_address)
    held = pytest.raises(DeployError, match="Another release has held its lock")
    with engine.connect() as other, lock.alone(other), held:
        deploy(empty)
    engine.dispose()
    deploy(empty)


def test_a_migration_that_fails_says_that_its_changes_stay(empty: Config) -> None:
    engine = create_engine(empty.database_address)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE votes (id int)"))
    engine.dispose()
    with pytest.raises(DeployError, match=r"'votes' already exists[\s\S]*does not roll back"):
        deploy(empty)


def test_a_poll_lives_from_its_form_to_its_result(browser: Browser, mysql_app: Flask) -> None:
    poll = browser.open_poll("Čaj nebo káva? 🫖", "Čaj", "Káva")
    assert "Čaj nebo káva? 🫖" in browser.get("/").text, "texts would be spoiled"
    assert "🫖" in browser.get("/?q=ČAJ").text, "a search would mind capitals"
    assert browser.vote(poll, "Káva").status_code == 303
    assert browser.votes(poll) == [0, 1]
    another = Browser(mysql_app)
    assert another.vote(poll, "Čaj").status_code == 303
    assert browser.votes(poll) == [1, 1]
    author = browser.author
    assert author.submit(f"{poll}/results", f"{poll}/close", {}).status_code == 303
    assert "1 vote" in Browser(mysql_app).get(poll).text, "a closed poll would still be open"


def test_votes_of_one_visitor_at_the_same_time_count_once(
    make_app: Callable[..., Flask], mysql_app: Flask, mysql_migrated: str
) -> None:
    engine = engine_of(make_app(mysql_migrated, threads=AT_ONCE))
    visitor = uuid4()
    with Session(engine, expire_on_commit=False) as session:
        poll = ballot.create(session, "Tea or coffee?", ["Tea", "Coffee"])
        option = poll.options[0].id

    def cast(_number: int) -> ballot.Outcome:
        with Session(engine) as session:
            return ballot.cast(session, poll, option, visitor)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        outcomes = list(threads.map(cast, range(4 * AT_ONCE)))
    assert outcomes.count(ballot.Outcome.COUNTED) == 1, "a visitor could vote twice"
    assert outcomes.count(ballot.Outcome.REPEATED) == len(outcomes) - 1


def test_polls_close_at_their_time_whoever_closes_them_and_take_no_vote_after(
    make_app: Callable[..., Flask], mysql_app: Flask, mysql_migrated: str
) -> None:
    engine = engine_of(make_app(mysql_migrated, threads=AT_ONCE))
    with Session(engine, expire_on_commit=False) as session:
        later = ballot.create(session, "Later?", ["Yes", "No"], timedelta(hours=1))
        due = ballot.create(session, "Due?", ["Yes", "No"], timedelta(hours=1))
        ids = {poll.title: (poll.id, poll.options[0].id) for poll in (later, due)}
        ballot.cast(session, due, due.options[0].id, uuid4())
        session.execute(update(Poll).where(Poll.id == due.id).values(closes_at=from_now(-1)))
        session.commit()
        vote = ballot.cast(session, due, due.options[0].id, uuid4())
        assert vote is ballot.Outcome.TOO_LATE

    def close(_number: int) -> list[tuple[int, int]]:
        with Session(engine) as session:
            return ballot.close_due(session)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        closed = [each for found in threads.map(close, range(AT_ONCE)) for each in found]
    assert closed == [(ids["Due?"][0], 1)], "its author would get the result twice, or never"
    with Session(engine) as session:
        open_poll = ballot.find(session, ids["Later?"][0])
        assert open_poll is not None
        vote = ballot.cast(session, open_poll, ids["Later?"][1], uuid4())
        assert vote is ballot.Outcome.COUNTED


def test_the_pages_of_accounts_and_administrators_work(mysql_app: Flask) -> None:
    make_user(mysql_app, "admin@example.org", Role.ADMINISTRATOR)
    browser = Browser(mysql_app)
    browser.open_poll()
    sign_in(browser, "admin@example.org")
    pages = (
        "/account",
        "/polls/mine",
        "/admin/",
        "/admin/users?q=AD",
        "/admin/polls",
        "/admin/jobs",
    )
    for page in pages:
        assert browser.get(page).status_code == 200, f"{page} does not work on MySQL"
    for page in ("/api/v1/polls", "/readyz"):
        assert Browser(mysql_app).get(page).status_code == 200, f"{page} does not work on MySQL"


def test_a_mail_is_written_once_and_sent_once_by_several_workers(
    mysql_app: Flask,
    make_config: MakeConfig,
    mysql_migrated: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    config = make_config(mysql_migrated, mail_url="console:", mail_from="polls@example.org")
    mail = {"key": "result:1", "recipient": "a@example.org", "subject": "S", "body": "B"}
    with mysql_app.app_context():
        assert outbox.write(db.session, **mail)
        assert not outbox.write(db.session, **mail)
        db.session.commit()
        number = db.session.scalar(select(Mail.id))
        assert number is not None

    def deliver(_number: int) -> None:
        with mysql_app.app_context():
            delivery.deliver(db.session, config, number)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(deliver, range(6)))
    assert caplog.messages.count(f"Sent mail {number}.") == 1, "a mail would be sent twice"


def test_demonstration_data_can_be_made(mysql_app: Flask) -> None:
    runner = mysql_app.test_cli_runner()
    assert runner.invoke(args=["seed-demo"]).exit_code == 0
    assert runner.invoke(args=["seed-demo"]).exit_code == 0
    with mysql_app.app_context():
        assert db.session.scalar(select(Vote.poll_id).limit(1)) is not None


def test_a_statement_that_takes_too_long_is_ended(
    make_app: Callable[..., Flask], mysql_migrated: str
) -> None:
    engine = engine_of(make_app(mysql_migrated, database_statement_seconds=1))
    with engine.connect() as connection, pytest.raises(OperationalError) as caught:
        connection.execute(text("SELECT SLEEP(30)"))
    assert "max_statement_time" in str(caught.value), "a request would hold its connection for long"


def test_a_statement_sees_what_others_have_committed_before_it(mysql_app: Flask) -> None:
    engine = engine_of(mysql_app)
    found = select(Poll.title)
    with engine.connect() as first, engine.connect() as second:
        assert first.scalar(found) is None
        second.execute(text("INSERT INTO polls (title) VALUES ('Tea?')"))
        second.commit()
        assert first.scalar(found) == "Tea?", "what is right on Postgres could be wrong here"


def test_a_text_that_is_too_long_is_refused(mysql_app: Flask) -> None:
    with engine_of(mysql_app).begin() as connection, pytest.raises(DataError):
        connection.execute(text("INSERT INTO polls (title) VALUES (REPEAT('x', 141))"))


def test_lost_connections_are_replaced(mysql_app: Flask, mariadb: MariaDB) -> None:
    engine = engine_of(mysql_app)
    with engine.connect() as connection:
        number = connection.scalar(text("SELECT CONNECTION_ID()"))
    mariadb.run(f"KILL {number}")
    assert mysql_app.test_client().get("/").status_code == 200, "a restart would cost errors"


def test_a_server_that_refuses_writes_is_left_for_a_new_connection(
    mysql_app: Flask, mariadb: MariaDB
) -> None:
    engine = engine_of(mysql_app)
    mariadb.run("SET GLOBAL read_only = 1")
    try:
        with engine.connect() as connection:
            number = connection.scalar(text("SELECT CONNECTION_ID()"))
            with pytest.raises(OperationalError):
                connection.execute(text("INSERT INTO polls (title) VALUES ('x')"))
    finally:
        mariadb.run("SET GLOBAL read_only = 0")
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT CONNECTION_ID()")) != number, (
            "after a failover the tasks would stay with the old server"
        )
