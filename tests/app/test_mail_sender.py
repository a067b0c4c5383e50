"""Mail by SMTP, by SES and to the log: real servers take it, or refuse it."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from app.mail import sender
from app.mail.message import compose, message_id
from app.mail.sender import MailError, send_now
from local.ports import HOST, free_port
from tests.app.conftest import MakeConfig
from tests.app.letters import ADDRESS, DATABASE, SENDER, by, letter
from tests.app.smtp_server import SmtpServer

__all__ = ["by"]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let OpenSSL trust the authority of the test."""
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))


@pytest.fixture
def certificate(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(context)
    return context


@pytest.fixture
def plain() -> Iterator[SmtpServer]:
    server = SmtpServer()
    yield server
    server.stop()


@pytest.fixture
def starttls(certificate: ssl.SSLContext) -> Iterator[SmtpServer]:
    server = SmtpServer(starttls=certificate)
    yield server
    server.stop()


@pytest.fixture
def demand_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Treat the server of the test like one on another machine."""
    monkeypatch.setattr(sender, "THIS_MACHINE", frozenset())


def test_a_mail_arrives_as_it_was_written(plain: SmtpServer, by: Any) -> None:
    config = by(f"smtp://{HOST}:{plain.port}")
    send_now(config, letter(config))
    (mail,) = plain.mails
    assert plain.recipients == [ADDRESS]
    assert (mail["From"], mail["To"], mail["Subject"]) == (SENDER, ADDRESS, "Café")
    assert mail.get_content().splitlines() == ["Grüße"]
    assert mail["Auto-Submitted"] == "auto-generated", "holiday notes would come back"
    assert mail["Date"], "spam filters take a mail without a date for theirs"


def test_the_id_of_a_mail_is_that_of_its_key(plain: SmtpServer, by: Any) -> None:
    config = by(f"smtp://{HOST}:{plain.port}")
    for _ in range(2):
        send_now(config, letter(config))
    first, second = (mail["Message-ID"] for mail in plain.mails)
    assert first == second == message_id(config, "letter:1"), "nobody could tell a second copy"
    assert first.endswith("@example.org>")
    assert message_id(config, "letter:2") != first


def test_the_login_goes_over_an_encrypted_connection_only(
    starttls: SmtpServer, by: Any, trusted: None, demand_tls: None
) -> None:
    config = by(f"smtp://polls:p%40ss%3Aword@{HOST}:{starttls.port}")
    send_now(config, letter(config))
    assert starttls.logins == [("polls", "p@ss:word")]
    assert starttls.encrypted == [True]


def test_a_server_without_encryption_gets_neither_login_nor_mail(
    plain: SmtpServer, by: Any, demand_tls: None
) -> None:
    config = by(f"smtp://polls:p%40ss%3Aword@{HOST}:{plain.port}")
    with pytest.raises(MailError, match="STARTTLS") as caught:
        send_now(config, letter(config))
    assert (plain.logins, plain.mails) == ([], []), "everybody on the way could read the password"
    assert not caught.value.permanent


def test_a_server_with_a_certificate_of_nobody_knows_whom_gets_nothing(
    starttls: SmtpServer, by: Any, demand_tls: None
) -> None:
    config = by(f"smtp://polls:p%40ss%3Aword@{HOST}:{starttls.port}")
    with pytest.raises(MailError, match="SSLCertVerificationError"):
        send_now(config, letter(config))
    assert starttls.logins == [], "whoever stands between could take the password"


def test_encryption_can_be_switched_off_for_a_server_nearby(
    plain: SmtpServer, by: Any, demand_tls: None
) -> None:
    config = by(f"smtp://{HOST}:{plain.port}?tls=off")
    send_now(config, letter(config))
    assert len(plain.mails) == 1


def test_a_server_can_be_encrypted_from_the_first_byte(
    certificate: ssl.SSLContext, by: Any, trusted: None
) -> None:
    server = SmtpServer(tls=certificate)
    try:
        config = by(f"smtps://polls:p%40ss%3Aword@{HOST}:{server.port}")
        send_now(config, letter(config))
    finally:
        server.stop()
    assert server.encrypted == [True]
    assert server.logins == [("polls", "p@ss:word")]


@pytest.mark.parametrize(
    ("answer", "permanent", "told"),
    [
        ("550 5.1.1 ada@example.com: nobody of that name", True, "the recipient: 550 5.1.1"),
        ("451 4.7.1 ada@example.com: come back later", False, "the recipient: 451 4.7.1"),
    ],
)
def test_a_refused_recipient_is_told_without_the_address(
    plain: SmtpServer, by: Any, answer: str, permanent: bool, told: str
) -> None:
    plain.answer_recipient = answer
    config = by(f"smtp://{HOST}:{plain.port}")
    with pytest.raises(MailError) as caught:
        send_now(config, letter(config))
    assert caught.value.permanent is permanent, "it would be tried in vain, or not again"
    assert str(caught.value) == f"the mail server refused {told}"


def test_a_refused_text_is_a_refusal_for_good(plain: SmtpServer, by: Any) -> None:
    plain.answer_data = "554 5.7.1 looks like spam"
    config = by(f"smtp://{HOST}:{plain.port}")
    with pytest.raises(MailError, match=r"refused the mail: 554 5\.7\.1") as caught:
        send_now(config, letter(config))
    assert caught.value.permanent


def test_a_wrong_password_is_worth_another_try(plain: SmtpServer, by: Any) -> None:
    config = by(f"smtp://polls:wrong-one@{HOST}:{plain.port}")
    with pytest.raises(MailError, match="SMTPAuthenticationError") as caught:
        send_now(config, letter(config))
    assert not caught.value.permanent, "all mails of the hour would be lost by a typing mistake"
    assert "wrong-one" not in str(caught.value)


def test_a_server_that_is_away_is_worth_another_try(by: Any) -> None:
    config = by(f"smtp://{HOST}:{free_port()}")
    with pytest.raises(MailError, match="ConnectionRefusedError") as caught:
        send_now(config, letter(config))
    assert not caught.value.permanent


def test_without_a_mail_server_nothing_is_sent(make_config: MakeConfig) -> None:
    config = make_config(DATABASE)
    with pytest.raises(MailError, match="set MAIL_URL"):
        send_now(config, letter(config))


def test_the_console_shows_the_mail_in_the_log(by: Any, caplog: pytest.LogCaptureFixture) -> None:
    config = by("console:", mail_from=None)
    with caplog.at_level(logging.INFO):
        send_now(config, letter(config))
    (line,) = caplog.messages
    assert line.endswith(f"From: app@localhost\nTo: {ADDRESS}\nSubject: Café\n\nGrüße\n")


@pytest.mark.parametrize(
    ("recipient", "subject"),
    [
        ("ada@example.com\r\nBcc: eve@example.com", "Hello"),
        ("ada@example.com", "Hello\r\nBcc: eve@example.com"),
        ("ada@example.com", "Hello\nBcc: eve@example.com"),
        ("ada@example.com, eve@example.com", "Hello"),
        ("not an address", "Hello"),
    ],
)
def test_nobody_adds_headers_or_recipients(by: Any, recipient: str, subject: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        compose(by("console:"), key="x", recipient=recipient, subject=subject, body="")
