"""The engine: how many connections there are, and how long anything may take."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import QueuePool

from app.database import db
from app.database.connection import SILENCE_SECONDS, session_settings
from app.database.engine import engine_options, make_engine
from tests.app.conftest import MakeConfig, engine_of

MakeApp = Callable[..., Flask]


@pytest.mark.parametrize(
    ("changes", "connections"), [({"threads": 3}, 3), ({"threads": 3, "database_pool_size": 5}, 5)]
)
def test_a_process_has_a_connection_for_each_thread_unless_it_is_told_otherwise(
    make_app: MakeApp, migrated: str, changes: dict[str, int], connections: int
) -> None:
    pool = engine_of(make_app(migrated, **changes)).pool
    assert isinstance(pool, QueuePool)
    assert pool.size() == connections
    assert pool._max_overflow == 0, "more connections than the stack's settings reckon with"


def test_a_statement_that_takes_too_long_is_ended_and_the_visitor_asked_back(
    make_app: MakeApp, migrated: str
) -> None:
    app = make_app(migrated, database_statement_seconds=1)

    @app.get("/slow")
    def slow() -> str:
        return str(db.session.scalar(text("SELECT pg_sleep(20)")))

    started = time.monotonic()
    assert app.test_client().get("/slow").status_code == 503
    assert time.monotonic() - started < 10, "a few slow pages would hold every connection"


def test_a_process_tells_the_database_its_name(make_config: MakeConfig, migrated: str) -> None:
    engine = make_engine(make_config(migrated), "worker")
    with engine.connect() as connection:
        assert connection.scalar(text("SHOW application_name")) == "app-worker"
    engine.dispose()


def test_a_server_whose_machine_is_lost_is_given_up_within_seconds(
    app: Flask,
) -> None:
    with engine_of(app).connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        with socket.socket(fileno=os.dup(driver.fileno())) as found:
            waits = found.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
            idle = found.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE)
    assert (waits, idle) == (SILENCE_SECONDS * 1000, SILENCE_SECONDS), (
        "after a failover threads would wait for a quarter of an hour"
    )


@pytest.mark.processes
@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
def test_a_server_that_does_not_answer_is_given_up(make_config: MakeConfig, scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"{scheme}://app:app@127.0.0.1:{silent.getsockname()[1]}/app"
        engine = make_engine(make_config(address, database_connect_seconds=2), "web")
        started = time.monotonic()
        with pytest.raises(OperationalError):
            engine.connect()
        assert time.monotonic() - started < 6, "requests would pile up while the server is down"


def test_an_address_of_mysql_needs_no_words_of_a_driver(make_config: MakeConfig) -> None:
    given = "mysql://app:p%40ss@db.example.org/polls?sslmode=require"
    options = engine_options(make_config(given), "web")
    assert str(options["url"].render_as_string(hide_password=False)) == (
        "mysql+pymysql://app:p%40ss@db.example.org/polls"
    )
    assert options["connect_args"]["ssl"], "the password would be sent in the clear"


@pytest.mark.parametrize(
    ("version", "limit"),
    [
        ("8.4.3", "max_execution_time = 15000"),
        ("5.5.5-10.11.6-MariaDB", "max_statement_time = 15"),
    ],
)
def test_mysql_and_mariadb_are_told_the_limit_in_their_own_words(version: str, limit: str) -> None:
    assert session_settings(version, 15).endswith(f", {limit}"), "each connection would be refused"
    assert "max_" not in session_settings(version, None), "a long migration would be ended"
