"""A real Postgres for the whole run, a clean application for each test."""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jinja2 import BytecodeCache, FileSystemBytecodeCache
from pydantic import SecretStr
from sqlalchemy import Engine, text

from app import create_app
from app.accounts import passwords
from app.config import Config
from app.database import db
from app.deploy.steps import deploy
from app.tables import Base
from local.postgres import Postgres
from tests.app.browser import Browser
from tests.app.mariadb import MariaDB

SECRET_KEY = "not-a-secret-0123456789-abcdefghijklmnop"
MakeConfig = Callable[..., Config]
NUMBERS = count(1)


def engine_of(app: Flask) -> Engine:
    with app.app_context():
        return db.engine


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with Postgres.throwaway() as server:
        yield server


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep the settings and the .env of whoever runs the tests out of them."""
    for field in Config.model_fields:
        monkeypatch.delenv(field.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def _cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """What makes hashes expensive for others would make tests slow."""
    cheap = {"memory_cost": 8, "time_cost": 1, "parallelism": 1}
    monkeypatch.setattr(passwords, "PARAMETERS", cheap)


@pytest.fixture
def empty_database(postgres: Postgres) -> Iterator[str]:
    """The address of a database without any table."""
    name = f"empty_{next(NUMBERS)}"
    yield postgres.create_database(name)
    postgres.drop_database(name)


@pytest.fixture
def own_logging(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the test set logs and signals up as a process does, and restore them after it."""
    root = logging.getLogger()
    handlers, level, terminate = root.handlers[:], root.level, signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    yield
    signal.signal(signal.SIGTERM, terminate)
    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def make_config() -> MakeConfig:
    def make(database_url: str, **changes: Any) -> Config:
        values: dict[str, Any] = {
            "database_url": database_url,
            "secret_key": SECRET_KEY,
            "session_cookie_secure": False,
            "threads": 2,
        }
        return Config(**(values | changes))

    return make


@pytest.fixture(scope="session")
def migrated(postgres: Postgres) -> str:
    """The address of the database that tests share; `database_url` empties it."""
    address = postgres.create_database("migrated")
    deploy(Config(database_url=SecretStr(address), secret_key=SecretStr(SECRET_KEY)))
    return address


@pytest.fixture(scope="session")
def mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariaDB]:
    """For tests marked `processes`; they skip where the server is not installed."""
    with MariaDB(tmp_path_factory.mktemp("mariadb")) as server:
        yield server


@pytest.fixture(scope="session")
def mysql_migrated(mariadb: MariaDB) -> str:
    """Like `migrated`, on the server that stands for MySQL; `mysql_app` empties it."""
    address = mariadb.create_database("migrated")
    deploy(Config(database_url=SecretStr(address), secret_key=SecretStr(SECRET_KEY)))
    return address


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> BytecodeCache:
    """Templates are compiled once for all tests: it was a fifth of their time."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def make_app(
    make_config: MakeConfig, compiled_templates: BytecodeCache
) -> Iterator[Callable[..., Flask]]:
    """Make applications whose connections are closed at the end of the test."""
    made: list[Flask] = []

    def make(database_url: str, **changes: Any) -> Flask:
        app = create_app(make_config(database_url, **changes))
        app.jinja_env.bytecode_cache = compiled_templates
        made.append(app)
        return app

    yield make
    for app in made:
        engine_of(app).dispose()


@pytest.fixture
def app(make_app: Callable[..., Flask], migrated: str) -> Flask:
    app = make_app(migrated)
    with engine_of(app).begin() as connection:
        connection.execute(text(f"TRUNCATE {', '.join(Base.metadata.tables)}"))
    return app


@pytest.fixture
def mysql_app(make_app: Callable[..., Flask], mysql_migrated: str) -> Flask:
    app = make_app(mysql_migrated)
    with engine_of(app).begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())
    return app


@pytest.fixture
def visitor(app: Flask) -> Browser:
    return Browser(app)


@pytest.fixture
def another(app: Flask) -> Browser:
    return Browser(app)
