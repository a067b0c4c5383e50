"""Addresses of the database and of services: what is one, and how the database's is made."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from pydantic import SecretStr
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from app.media import location

POSTGRES = "postgresql+psycopg"
MYSQL = "mysql+pymysql"
# What people write, and the driver that the image holds.
DRIVERS = {
    "postgresql": POSTGRES,
    "postgres": POSTGRES,
    POSTGRES: POSTGRES,
    "mysql": MYSQL,
    "mariadb": MYSQL,
    MYSQL: MYSQL,
}
# SQS is found by region and queue address alone; the task's role is the login.
SQS = "sqs://"
BROKERS = frozenset({"amqp", "amqps", "redis", "rediss"})
CACHES = frozenset({"redis", "rediss"})
MEMORY = "memory://"
CONSOLE = "console:"
REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")


def database(given: SecretStr) -> SecretStr:
    """Let the address of a server we know with host and database pass; else ValueError."""
    try:
        url = make_url(given.get_secret_value())
    except (ArgumentError, ValueError):
        # The parser's own message repeats the address with its password.
        raise ValueError("not an address") from None
    if url.drivername not in DRIVERS or not url.database or not (url.host or url.query.get("host")):
        raise ValueError("not a database's address")
    return given


def broker(given: SecretStr) -> SecretStr:
    """Let the address of a broker pass; ValueError for anything else."""
    url = _split(given)
    if given.get_secret_value() != SQS and not (url.scheme in BROKERS and url.hostname):
        raise ValueError("not a broker's address")
    return given


def cache(given: SecretStr) -> SecretStr:
    """Let the address of a cache pass; ValueError for anything else."""
    url = _split(given)
    if given.get_secret_value() != MEMORY and not (url.scheme in CACHES and url.hostname):
        raise ValueError("not a cache's address")
    return given


def storage(given: SecretStr) -> SecretStr:
    """Let a folder's or a bucket's address pass; ValueError for anything else."""
    location.parse(given.get_secret_value())
    return given


def mail(given: SecretStr) -> SecretStr:
    """Let the address of a mail server, of SES or the console pass; else ValueError."""
    url = _split(given)
    server = url.scheme in {"smtp", "smtps"} and url.hostname
    region = url.scheme == "ses" and REGION.fullmatch(url.netloc)
    if given.get_secret_value() != CONSOLE and not (server or region):
        raise ValueError("not a mail server's address")
    return given


def sentry(given: SecretStr) -> SecretStr:
    """Let the address of a Sentry project, with its key, pass; ValueError for anything else."""
    url = _split(given)
    whole = url.username and url.hostname and url.path.strip("/").rpartition("/")[2].isdigit()
    if url.scheme not in {"http", "https"} or not whole:
        raise ValueError("not a project's address")
    return given


def database_url(whole: SecretStr) -> URL:
    """The address as SQLAlchemy takes it."""
    url = make_url(whole.get_secret_value())
    return url.set(drivername=DRIVERS[url.drivername])


def database_url_of(
    user: str | None,
    password: SecretStr | None,
    host: str | None,
    port: int,
    name: str | None,
    sslmode: str,
) -> URL:
    """The same of a Postgres server's parts; any password will do, and none with tokens."""
    return URL.create(
        POSTGRES,
        username=user,
        password=password.get_secret_value() if password else None,
        host=host,
        port=port,
        database=name,
        query={"sslmode": sslmode},
    )


def _split(given: SecretStr) -> SplitResult:
    try:
        url = urlsplit(given.get_secret_value())
        _ = url.port
    except ValueError:
        # The parser's own message can repeat the address.
        raise ValueError("not an address") from None
    return url
