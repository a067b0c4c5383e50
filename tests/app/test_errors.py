from collections.abc import Callable

import psycopg
import pytest
from flask import Flask
from sqlalchemy import make_url

from app.database import engine
from app.release import release
from local.postgres import Postgres
from tests.app.browser import Browser
from tests.app.conftest import MakeConfig, engine_of

NOWHERE = "postgresql://app:app@127.0.0.1:1/app"
JSON = {"Accept": "application/json"}


@pytest.fixture
def broken(app: Flask) -> Flask:
    @app.get("/broken")
    def fail() -> str:
        raise RuntimeError("the password is hunter2")

    return app


def test_an_unexpected_error_shows_nothing_of_itself(
    broken: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    client = broken.test_client()
    for headers in ({}, JSON):
        response = client.get("/broken", headers=headers)
        assert response.status_code == 500
        for word in ("hunter2", "RuntimeError", "Traceback"):
            assert word not in response.text, "a visitor would learn about the inside"
    assert "hunter2" in caplog.text, "the developer would not learn the reason"


def test_who_asks_for_json_gets_errors_as_json(visitor: Browser) -> None:
    response = visitor.get("/nothing", headers=JSON | {"X-Request-ID": "abcdefgh-1"})
    assert response.mimetype == "application/problem+json"
    assert response.get_json() == {
        "status": 404,
        "title": "Not Found",
        "detail": "There is nothing at this address. It may have been mistyped.",
        "request_id": "abcdefgh-1",
    }


def test_who_asks_for_a_page_gets_errors_as_a_page(visitor: Browser) -> None:
    response = visitor.get("/nothing", headers={"Accept": "text/html", "X-Request-ID": "abcdefgh"})
    assert response.mimetype == "text/html"
    assert "abcdefgh" in response.text, "a report could not be matched with the log"


def test_the_wrong_method_is_told_the_right_ones(visitor: Browser) -> None:
    response = visitor.client.delete("/")
    assert response.status_code in {400, 405}
    response = visitor.client.get("/polls")
    assert response.status_code == 405
    assert "POST" in response.headers["Allow"]


def test_a_body_over_the_limit_is_refused(visitor: Browser) -> None:
    response = visitor.client.post("/polls", data={"title": "x" * 70_000})
    assert response.status_code == 413, "a few large requests could fill the memory"


def test_without_a_database_pages_ask_to_come_back(make_app: Callable[..., Flask]) -> None:
    client = make_app(NOWHERE).test_client()
    for headers in ({}, JSON):
        response = client.get("/", headers=headers)
        assert response.status_code == 503
        assert response.headers["Retry-After"] == "5"
        assert "127.0.0.1" not in response.text


def test_a_full_pool_asks_to_come_back(
    make_app: Callable[..., Flask], migrated: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "POOL_WAIT_SECONDS", 0.1)
    app = make_app(migrated, threads=1)
    with engine_of(app).connect():
        response = app.test_client().get("/")
    assert response.status_code == 503, "a request would wait until the balancer gives up"
    assert app.test_client().get("/").status_code == 200


def test_lost_connections_are_replaced(app: Flask, postgres: Postgres) -> None:
    client = app.test_client()
    assert client.get("/").status_code == 200
    with psycopg.connect(postgres.url_of("postgres", role="postgres"), autocommit=True) as admin:
        ended = admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s",
            ["app-web"],
        ).fetchall()
    assert ended, "the test would pass without ending a connection"
    assert client.get("/").status_code == 200, "each restart of the database would cost errors"


@pytest.fixture
def read_only(empty_database: str, make_config: MakeConfig) -> str:
    """A database that refuses writes on its next connections, as an old primary does."""
    release(make_config(empty_database))
    name = make_url(empty_database).database
    with psycopg.connect(empty_database, autocommit=True) as owner:
        owner.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    return empty_database


def test_a_server_that_refuses_writes_is_left_for_a_new_connection(
    read_only: str, make_app: Callable[..., Flask]
) -> None:
    visitor = Browser(make_app(read_only))
    assert visitor.create("Which?", "A", "B").status_code == 503
    name = make_url(read_only).database
    with psycopg.connect(read_only, autocommit=True) as owner:
        owner.execute("SET default_transaction_read_only = off")
        owner.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    response = visitor.create("Which?", "A", "B")
    assert response.status_code == 303, "after a failover the tasks would stay with the old server"
