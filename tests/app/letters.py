"""A mail, and applications that send it: fixtures of the tests of mail."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from flask import Flask
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.config import Config
from app.database import db
from app.mail import outbox
from app.mail.message import compose
from app.mail.models import Mail
from local.ports import HOST
from tests.app.conftest import MakeConfig
from tests.app.smtp_server import SmtpServer

DATABASE = "postgresql://a:b@c/d"
SENDER = "Polls <polls@example.org>"
ADDRESS = "ada@example.com"


@pytest.fixture
def by(make_config: MakeConfig) -> Any:
    def config(url: str, **changes: Any) -> Config:
        return make_config(DATABASE, mail_url=SecretStr(url), **({"mail_from": SENDER} | changes))

    return config


def letter(config: Config, subject: str = "Café", body: str = "Grüße\n") -> EmailMessage:
    return compose(config, key="letter:1", recipient=ADDRESS, subject=subject, body=body)


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    started = SmtpServer()
    yield started
    started.stop()


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    with app.app_context():
        yield db.session


def with_mail(app: Flask, server: SmtpServer) -> Config:
    """The settings of the application, with this mail server."""
    url = SecretStr(f"smtp://{HOST}:{server.port}")
    changes = {"mail_url": url, "mail_from": SENDER}
    return Config.model_construct(**(app.config["CONFIG"].__dict__ | changes))


@pytest.fixture
def config(app: Flask, server: SmtpServer) -> Config:
    return with_mail(app, server)


def write(session: Session, key: str = "letter:1") -> int:
    """Write a mail and save it; its id."""
    outbox.write(session, key=key, recipient=ADDRESS, subject="A link", body="Secret link\n")
    session.commit()
    return session.scalars(select(Mail.id).where(Mail.key == key)).one()
