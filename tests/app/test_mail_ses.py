"""Mail by SES: moto's server takes it, or refuses it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from moto.server import ThreadedMotoServer

from app.mail import sender
from app.mail.sender import MailError, send_now
from local.ports import HOST, free_port
from tests.app.letters import ADDRESS, by, letter

__all__ = ["by"]


@pytest.fixture(scope="module")
def aws() -> Iterator[str]:
    server = ThreadedMotoServer(HOST, port := free_port(), verbose=False)
    server.start()
    yield f"http://{HOST}:{port}"
    server.stop()


@pytest.fixture
def ses(aws: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", aws)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    requests.post(f"{aws}/moto-api/reset", timeout=10)
    sender._ses.cache_clear()
    yield aws
    sender._ses.cache_clear()


def test_ses_takes_a_mail_of_a_sender_that_it_knows(ses: str, by: Any) -> None:
    sender._ses("eu-central-1").create_email_identity(EmailIdentity="polls@example.org")
    config = by("ses://eu-central-1")
    send_now(config, letter(config))
    kept = requests.get(f"{ses}/moto-api/data.json", timeout=10).json()
    assert ADDRESS in str(kept["ses"]["RawMessage"]), "the mail did not reach SES"


def test_ses_refuses_a_mail_of_a_sender_that_it_does_not_know(ses: str, by: Any) -> None:
    config = by("ses://eu-central-1")
    with pytest.raises(MailError, match="SES refused it: MessageRejected") as caught:
        send_now(config, letter(config))
    assert caught.value.permanent
    assert ADDRESS not in str(caught.value)


def test_ses_out_of_reach_is_worth_another_try(
    ses: str, by: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", f"http://{HOST}:{free_port()}")
    sender._ses.cache_clear()
    config = by("ses://eu-central-1")
    with pytest.raises(MailError, match="EndpointConnectionError") as caught:
        send_now(config, letter(config))
    assert not caught.value.permanent
