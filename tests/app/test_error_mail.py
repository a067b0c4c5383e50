"""Errors reach the administrator by mail, each kind once an hour."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from threading import Event

import pytest
from flask import Flask
from pydantic import SecretStr

from app.config import Config
from app.observability import error_mail

NOWHERE = "postgresql://app:app@127.0.0.1:1/app"
PERSON = "ada@example.org"
PATIENCE_SECONDS = 5.0


class Mailbox:
    """Stands for the mail server; `held` makes it slow."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.held = Event()
        self.held.set()
        self.fails = False

    def send(self, _config: Config, mail: EmailMessage) -> None:
        self.held.wait(PATIENCE_SECONDS)
        if self.fails:
            raise OSError("the server is away")
        self.mails.append(mail)

    def wait_for(self, count: int) -> list[EmailMessage]:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(self.mails) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        return self.mails


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch) -> Mailbox:
    mailbox = Mailbox()
    monkeypatch.setattr("app.mail.sender.send_now", mailbox.send)
    return mailbox


@pytest.fixture
def reporting(make_app: Callable[..., Flask]) -> Iterator[Callable[[str], Flask]]:
    """Make applications that mail errors, one for each process there would be."""
    made = []

    def make(address: str) -> Flask:
        app = make_app(
            address,
            admin_email="admin@example.org",
            mail_url=SecretStr("console:"),
            app_env="trial",
            release="r1",
        )

        @app.get("/broken/<word>")
        def fail(word: str) -> str:
            raise RuntimeError(f"{PERSON} did {word}")

        @app.get("/other")
        def fail_too() -> str:
            raise ValueError(PERSON)

        made.append(app.extensions["error_mail"])
        return app

    yield make
    for handler in made:
        for name in error_mail.LOGGERS:
            logging.getLogger(name).removeHandler(handler)


def test_an_error_is_mailed_with_its_place_and_without_persons(
    app: Flask, reporting: Callable[[str], Flask], migrated: str, mailbox: Mailbox
) -> None:
    reporting(migrated).test_client().get("/broken/secret", headers={"X-Request-ID": "abcdefgh-1"})
    (mail,) = mailbox.wait_for(1)
    assert mail["To"] == "admin@example.org"
    assert mail["Subject"].startswith("[trial] RuntimeError in tests/app/test_error_mail.py:")
    text = mail.get_content()
    for told in ("release: r1", "route: GET /broken/<word>", "request_id: abcdefgh-1"):
        assert told in text, "the log's lines could not be found"
    assert 'raise RuntimeError(f"{PERSON} did {word}")' in text, "the place would be unknown"
    assert PERSON not in str(mail), "a mail would take personal data out of the house"
    assert "secret" not in str(mail)


def test_a_kind_is_mailed_once_whichever_process_meets_it(
    app: Flask, reporting: Callable[[str], Flask], migrated: str, mailbox: Mailbox
) -> None:
    for _process in range(2):
        # Handlers of one test share the logger: each process has its own.
        client = reporting(migrated).test_client()
        for _ in range(3):
            client.get("/broken/a")
    client.get("/other")
    mails = mailbox.wait_for(2)
    time.sleep(0.2)
    kinds = sorted(mail["Subject"].split()[1] for mail in mails)
    assert kinds == ["RuntimeError", "ValueError"], "a fault would fill the mailbox"


def test_without_a_database_each_process_counts_for_itself(
    reporting: Callable[[str], Flask], mailbox: Mailbox
) -> None:
    client = reporting(NOWHERE).test_client()
    for _ in range(3):
        assert client.get("/").status_code == 503
    (mail,) = mailbox.wait_for(1)
    assert "ERROR in app/errors.py" in mail["Subject"], "an outage would go unreported"
    time.sleep(0.2)
    assert len(mailbox.mails) == 1


def test_no_answer_waits_for_the_mail_server(
    app: Flask, reporting: Callable[[str], Flask], migrated: str, mailbox: Mailbox
) -> None:
    mailbox.held.clear()
    client = reporting(migrated).test_client()
    started = time.monotonic()
    for number in range(3):
        logging.getLogger("app.test").error("error %s", number)
        client.get("/broken/a")
    assert time.monotonic() - started < PATIENCE_SECONDS / 2, "visitors would wait"
    mailbox.held.set()
    assert len(mailbox.wait_for(2)) == 2


def test_a_mail_that_cannot_be_sent_is_no_error_to_be_mailed(
    app: Flask,
    reporting: Callable[[str], Flask],
    migrated: str,
    mailbox: Mailbox,
    caplog: pytest.LogCaptureFixture,
) -> None:
    mailbox.fails = True
    client = reporting(migrated).test_client()
    client.get("/broken/a")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while "could not be mailed: OSError" not in caplog.text and time.monotonic() < deadline:
        time.sleep(0.01)
    assert "An error could not be mailed: OSError." in caplog.text
    mailbox.fails = False
    client.get("/other")
    (mail,) = mailbox.wait_for(1)
    assert "ValueError" in mail["Subject"], "one failure would end all reports"


@pytest.mark.parametrize("given", [{"admin_email": PERSON}, {"mail_url": SecretStr("console:")}])
def test_nothing_is_mailed_where_the_settings_do_not_say_so(
    make_app: Callable[..., Flask], migrated: str, given: dict[str, object]
) -> None:
    assert "error_mail" not in make_app(migrated, **given).extensions
