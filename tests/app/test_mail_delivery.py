"""Mails of the outbox: each is sent once, and tried again for half a day."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.config import Config
from app.jobs.models import FailedJob, JobDone
from app.jobs.names import SEND_MAIL
from app.mail import delivery, outbox, sender
from app.mail.models import Mail
from tests.app.conftest import engine_of
from tests.app.letters import ADDRESS, config, server, session, write
from tests.app.smtp_server import SmtpServer

__all__ = ["config", "server", "session"]


def find(session: Session, mail_id: int) -> Mail:
    session.expire_all()
    return session.get_one(Mail, mail_id)


def let_pass(session: Session, time: timedelta) -> None:
    """Make all mails older."""
    session.execute(text("UPDATE mails SET created_at = created_at - :time"), {"time": time})
    session.commit()


def test_a_mail_is_sent_once_and_its_text_is_gone(
    session: Session, config: Config, server: SmtpServer
) -> None:
    mail_id = write(session)
    assert delivery.deliver(session, config, mail_id)
    assert delivery.deliver(session, config, mail_id), "a second job would look like a failure"
    assert [mail["Subject"] for mail in server.mails] == ["A link"]
    sent = find(session, mail_id)
    assert sent.sent_at is not None
    assert sent.body == "", "a secret link would stay in the database and its backups"
    assert session.get(JobDone, f"mail:{mail_id}"), "the figures would not count it"


def test_two_workers_do_not_send_the_same_mail(
    app: Flask, session: Session, config: Config, server: SmtpServer
) -> None:
    mail_id = write(session)
    with Session(engine_of(app)) as other:
        other.scalars(select(Mail).with_for_update()).all()
        assert delivery.deliver(session, config, mail_id), (
            "it would wait for the other one's server"
        )
        assert server.mails == []


def test_a_server_that_is_away_costs_an_attempt_and_the_next_is_due_later(
    session: Session, config: Config, server: SmtpServer
) -> None:
    mail_id = write(session)
    server.answer_data = "451 4.3.0 come back later"
    assert not delivery.deliver(session, config, mail_id)
    assert find(session, mail_id).attempts == 1
    server.answer_data = "250 OK"
    delivery.deliver_due(session, config)
    assert server.mails == [], "a server that is overloaded would be asked again at once"
    let_pass(session, timedelta(minutes=delivery.DUE_MINUTES[1]))
    delivery.deliver_due(session, config)
    assert len(server.mails) == 1


def test_a_mail_whose_job_got_lost_is_sent_by_the_next_sweep_but_one(
    session: Session, config: Config, server: SmtpServer
) -> None:
    write(session)
    delivery.deliver_due(session, config)
    assert server.mails == [], "the sweep would race with the mail's own job"
    let_pass(session, timedelta(minutes=1))
    delivery.deliver_due(session, config)
    assert len(server.mails) == 1, "a mail would be lost with its job"


def test_after_the_last_attempt_an_administrator_sees_it(
    session: Session, config: Config, server: SmtpServer
) -> None:
    mail_id = write(session)
    server.answer_data = "451 4.3.0 come back later"
    let_pass(session, timedelta(days=1))
    for _ in range(len(delivery.DUE_MINUTES) + 2):
        delivery.deliver_due(session, config)
    assert find(session, mail_id).attempts == len(delivery.DUE_MINUTES), "it would go on for ever"
    failed = session.scalars(select(FailedJob)).one()
    assert (failed.task, failed.arguments) == (SEND_MAIL, f"[{mail_id}]")
    assert failed.error == "MailError: the mail server refused the mail: 451 4.3.0"


def test_a_refusal_for_good_is_final_until_an_administrator_tries_again(
    session: Session, config: Config, server: SmtpServer
) -> None:
    mail_id = write(session)
    server.answer_recipient = "550 5.1.1 nobody of that name"
    assert not delivery.deliver(session, config, mail_id)
    let_pass(session, timedelta(days=1))
    delivery.deliver_due(session, config)
    assert find(session, mail_id).attempts == len(delivery.DUE_MINUTES)
    assert session.scalars(select(FailedJob.job_id)).all() == [f"mail:{mail_id}"]
    server.answer_recipient = "250 OK"
    assert delivery.deliver(session, config, mail_id)
    assert len(server.mails) == 1
    assert session.scalars(select(FailedJob)).all() == [], "it would be looked at again and again"


def test_a_sweep_ends_in_time_however_slow_the_server_is(
    session: Session, config: Config, server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        write(session, f"letter:{number}")
    let_pass(session, timedelta(minutes=1))
    monkeypatch.setattr(delivery, "SWEEP_SECONDS", 0.0)
    delivery.deliver_due(session, config)
    assert len(server.mails) < 3, "the worker would end the sweep as too slow"


def test_where_mail_is_off_nothing_is_tried(app: Flask, session: Session) -> None:
    mail_id = write(session)
    assert not delivery.deliver(session, app.config["CONFIG"], mail_id)
    delivery.deliver_due(session, app.config["CONFIG"])
    assert find(session, mail_id).attempts == 0


def test_no_line_of_the_log_says_who_gets_which_mail(
    session: Session, config: Config, server: SmtpServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.answer_recipient = f"451 4.7.1 {ADDRESS} come back later"
    with caplog.at_level(logging.INFO, logger="app"):
        delivery.deliver(session, config, write(session, "letter:1"))
        server.answer_recipient = "250 OK"
        delivery.deliver(session, config, write(session, "letter:2"))
    assert len(caplog.messages) == 2
    assert ADDRESS not in caplog.text
    assert "link" not in caplog.text


def test_an_address_that_is_none_does_not_hold_up_the_others(
    session: Session, config: Config, server: SmtpServer
) -> None:
    outbox.write(session, key="x", recipient="nobody", subject="Hello", body="")
    session.commit()
    write(session)
    let_pass(session, timedelta(minutes=1))
    delivery.deliver_due(session, config)
    assert len(server.mails) == 1
    error = session.scalars(select(FailedJob)).one().error
    assert error == "MailError: its address or subject cannot be one"


@pytest.fixture
def dying(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let the process die between the server's word and the commit."""
    send = sender.send_now

    def send_and_die(*given: Any) -> None:
        send(*given)
        raise KeyboardInterrupt

    return lambda: monkeypatch.setattr(delivery, "send_now", send_and_die)


def test_a_crash_after_the_servers_word_sends_the_mail_twice_with_one_id(
    session: Session,
    config: Config,
    server: SmtpServer,
    dying: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mail_id = write(session)
    dying()
    with pytest.raises(KeyboardInterrupt):
        delivery.deliver(session, config, mail_id)
    session.rollback()
    monkeypatch.undo()
    assert delivery.deliver(session, config, mail_id), "a mail would be lost in a crash"
    first, second = (mail["Message-ID"] for mail in server.mails)
    assert first == second
