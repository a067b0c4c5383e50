"""Jobs and mails on MariaDB, which stands for MySQL."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.config import Config
from app.database import db
from app.jobs import failed, figures, sweep
from app.jobs.figures import Figures
from app.jobs.models import FailedJob
from app.mail import delivery, outbox
from app.mail.models import Mail
from app.polls.jobs import close_due
from tests.app.browser import AUTHOR, Browser
from tests.app.conftest import engine_of
from tests.app.letters import server, with_mail
from tests.app.smtp_server import SmtpServer

pytestmark = pytest.mark.processes


__all__ = ["server"]


@pytest.fixture
def config(mysql_app: Flask, server: SmtpServer) -> Config:
    return with_mail(mysql_app, server)


def test_a_mail_is_written_and_sent_once_whoever_else_is_at_it(
    mysql_app: Flask, config: Config, server: SmtpServer
) -> None:
    with mysql_app.app_context(), Session(engine_of(mysql_app)) as other:
        session = db.session
        letter = {"key": "x", "recipient": "ada@example.com", "subject": "Hello", "body": "Hello"}
        assert outbox.write(session, **letter)
        assert not outbox.write(session, **letter)
        session.commit()
        mail_id = session.scalars(select(Mail.id)).one()
        other.scalars(select(Mail).with_for_update()).all()
        assert delivery.deliver(session, config, mail_id)
        assert server.mails == [], "two workers would send it"
        other.rollback()
        session.execute(text("UPDATE mails SET created_at = created_at - INTERVAL 1 MINUTE"))
        session.commit()
        delivery.deliver_due(session, config)
        delivery.deliver_due(session, config)
        assert len(server.mails) == 1
        assert figures.figures() == Figures(None, 0, 0, 1)


def test_a_closed_poll_tells_its_author(mysql_app: Flask) -> None:
    Browser(mysql_app).open_poll()
    with mysql_app.app_context():
        db.session.execute(text("UPDATE polls SET closes_at = UTC_TIMESTAMP(6)"))
        db.session.commit()
        for _ in range(2):
            close_due()
        assert db.session.scalars(select(Mail.recipient)).all() == [AUTHOR]


def test_failed_jobs_and_old_rows_are_kept_and_removed(mysql_app: Flask) -> None:
    with mysql_app.app_context():
        for attempts in (6, 7):
            job: dict[str, Any] = {"job_id": "1", "task": "t", "arguments": [1], "error": "e"}
            failed.record(db.session, **job, attempts=attempts)
        db.session.commit()
        assert db.session.scalars(select(FailedJob.attempts)).all() == [7]
        old = "INSERT INTO jobs_done VALUES ('a', UTC_TIMESTAMP(6) - INTERVAL 16 DAY)"
        db.session.execute(text(old))
        for statement in sweep.statements(mail_is_on=True):
            db.session.execute(statement)
        db.session.commit()
        assert db.session.scalar(text("SELECT count(*) FROM jobs_done")) == 0
        assert db.session.scalar(text("SELECT count(*) FROM failed_jobs")) == 1
