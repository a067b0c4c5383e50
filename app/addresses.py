"""Addresses of the database and of the broker: what is one, and how one is put together."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import SecretStr
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

DRIVER = "postgresql+psycopg"
SCHEMES = frozenset({"postgresql", "postgres", DRIVER})
# SQS is found by region and queue address alone; the task's role is the login.
SQS = "sqs://"
BROKERS = frozenset({"amqp", "amqps", "redis", "rediss"})


def database(given: SecretStr) -> SecretStr:
    """Let a Postgres address with host and database pass; ValueError for anything else."""
    try:
        url = make_url(given.get_secret_value())
    except (ArgumentError, ValueError):
        # The parser's own message repeats the address with its password.
        raise ValueError("not an address") from None
    if url.drivername not in SCHEMES or not url.database or not (url.host or url.query.get("host")):
        raise ValueError("not a Postgres address")
    return given


def broker(given: SecretStr) -> SecretStr:
    """Let the address of a broker pass; ValueError for anything else."""
    address = given.get_secret_value()
    try:
        url = urlsplit(address)
    except ValueError:
        raise ValueError("not an address") from None
    if address != SQS and not (url.scheme in BROKERS and url.hostname):
        raise ValueError("not a broker's address")
    return given


def database_url(whole: SecretStr) -> URL:
    """The address as SQLAlchemy takes it."""
    return make_url(whole.get_secret_value()).set(drivername=DRIVER)


def database_url_of(
    user: str | None,
    password: SecretStr | None,
    host: str | None,
    port: int,
    name: str | None,
    sslmode: str,
) -> URL:
    """The same of its parts; any password will do, and none where tokens are the login."""
    return URL.create(
        DRIVER,
        username=user,
        password=password.get_secret_value() if password else None,
        host=host,
        port=port,
        database=name,
        query={"sslmode": sslmode},
    )
