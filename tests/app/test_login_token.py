from __future__ import annotations

import logging
from itertools import count
from typing import Any

import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from app.config import Config
from app.database.engine import log_in_by_token, make_engine
from app.database.login_token import KEEP_SECONDS, LoginToken, rds_signer
from tests.app.conftest import SECRET_KEY

LIFE_SECONDS = 15 * 60
# What botocore leaves of a role's credentials before it must have new ones.
CREDENTIALS_LEFT_SECONDS = 10 * 60


class Clock:
    """Time that passes when the test says so."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def token(clock: Clock) -> LoginToken:
    """Tokens `signed-1`, `signed-2` and so on."""
    numbers = count(1)
    return LoginToken(lambda: f"signed-{next(numbers)}", clock)


def test_a_token_is_kept_while_it_is_fresh(token: LoginToken, clock: Clock) -> None:
    assert token.value() == "signed-1"
    clock.seconds += KEEP_SECONDS - 1
    assert token.value() == "signed-1", "each new connection would cost a signature"
    clock.seconds += 1
    assert token.value() == "signed-2", "connections would be refused after a quarter of an hour"


def test_a_token_is_dropped_before_rds_or_its_credentials_end_it() -> None:
    assert min(LIFE_SECONDS, CREDENTIALS_LEFT_SECONDS) > KEEP_SECONDS


def test_a_failed_signature_is_tried_again(clock: Clock) -> None:
    tries = count(1)

    def sign() -> str:
        if next(tries) == 1:
            raise psycopg.OperationalError("no role yet")
        return "signed"

    token = LoginToken(sign, clock)
    with pytest.raises(psycopg.OperationalError):
        token.value()
    assert token.value() == "signed", "one fault would lock the process out for minutes"


@pytest.fixture
def by_token() -> Config:
    values: dict[str, Any] = {
        "database_auth": "iam",
        "database_host": "db.example.org",
        "database_port": 5433,
        "database_name": "polls",
        "database_user": "app",
        "aws_region": "eu-central-1",
        "secret_key": SECRET_KEY,
    }
    return Config(**values)


def test_every_new_connection_logs_in_with_the_token_of_the_moment(
    empty_database: str, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    # The embedded server knows no tokens: the role's password stands in for the first of them.
    address = psycopg.conninfo.conninfo_to_dict(empty_database)
    tokens = iter([str(address["password"]), "expired"])
    url = f"postgresql+psycopg://app@{address['host']}:{address['port']}/{address['dbname']}"
    engine = create_engine(url, pool_size=2, connect_args={"sslmode": "disable"})
    log_in_by_token(engine, LoginToken(lambda: next(tokens), clock))
    with engine.connect() as first:
        assert first.scalar(text("SELECT current_user")) == "app"
        clock.seconds += KEEP_SECONDS
        with pytest.raises(OperationalError) as caught:
            engine.connect()
        assert first.scalar(text("SELECT 1")) == 1, "an open connection would be lost"
    engine.dispose()
    told = f"{caught.value} {caplog.text} {engine.url}"
    assert str(address["password"]) not in told, "the log would hold a token"
    assert "expired" not in told.replace("password authentication failed", "")


def test_the_signer_makes_a_token_for_the_role_without_asking_anybody(
    by_token: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example")
    token = rds_signer(by_token)()
    assert token.startswith("db.example.org:5433/?Action=connect&DBUser=app&")
    assert "eu-central-1%2Frds-db" in token, "RDS would refuse it"
    assert "X-Amz-Expires=900" in token, "it would not be good for as long as is reckoned with"


def test_without_credentials_the_database_is_out_of_reach(
    by_token: Config, without_credentials: None
) -> None:
    engine = make_engine(by_token, "web")
    with pytest.raises(OperationalError, match="no token to log in to the database: Unable to"):
        engine.connect()


@pytest.fixture
def without_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the machine offers, boto3 finds nothing."""
    names = ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
    for name in names:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, "/nowhere")
