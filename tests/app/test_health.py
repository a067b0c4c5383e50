import socket
import time
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import event

from app.observability import health
from tests.app.conftest import engine_of

NOWHERE = "postgresql://app:app@127.0.0.1:1/app"


def test_an_instance_with_a_database_is_alive_and_ready(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/livez").status_code == 200
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json == {
        "status": "ready",
        "database": "answers",
        "connections": {"size": 2, "in_use": 0},
    }


def test_without_a_database_an_instance_is_alive_but_not_ready(
    make_app: Callable[..., Flask],
) -> None:
    client = make_app(NOWHERE).test_client()
    assert client.get("/livez").status_code == 200, "a database fault would kill every task"
    ready = client.get("/readyz")
    assert ready.status_code == 503, "an alarm would not see the fault"
    assert ready.json == {
        "status": "unavailable",
        "database": "does not answer",
        "connections": {"size": 2, "in_use": 0},
    }


def test_a_health_check_by_address_is_answered_where_the_host_name_is_checked(
    make_app: Callable[..., Flask], migrated: str
) -> None:
    client = make_app(migrated, domain="polls.example.org").test_client()
    for path in ("/livez", "/readyz"):
        response = client.get(path, headers={"Host": "10.20.1.17:8000"})
        assert response.status_code == 200, "the balancer would take every task out of service"


def test_health_checks_set_no_cookie(app: Flask) -> None:
    for path in ("/livez", "/readyz"):
        assert "Set-Cookie" not in app.test_client().get(path).headers


def test_the_check_of_life_touches_no_connection(app: Flask) -> None:
    engine = engine_of(app)
    used: list[object] = []
    event.listen(engine, "checkout", lambda *given: used.append(given))
    app.test_client().get("/livez")
    assert not used, "a database fault would kill every task"
    app.test_client().get("/readyz")
    assert used, "the test would pass without seeing a connection"


def test_readiness_answers_within_its_limit_when_the_database_hangs(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "LIMIT_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        app = make_app(f"postgresql://app:app@127.0.0.1:{silent.getsockname()[1]}/app")
        started = time.monotonic()
        ready = app.test_client().get("/readyz")
        assert time.monotonic() - started < 0.9, "an alarm's own check would time out first"
    assert ready.status_code == 503


def test_readiness_asks_the_database_once_a_second_at_most(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    event.listen(engine_of(app), "checkout", lambda *given: asked.append(given))
    client = app.test_client()
    assert {client.get("/readyz").status_code for _ in range(5)} == {200}
    assert len(asked) == 1, "anybody could load the database through a public address"
    monkeypatch.setattr(health, "KEEP_SECONDS", 0.0)
    app.extensions["health"] = health.Readiness()
    assert {client.get("/readyz").status_code for _ in range(2)} == {200}
    assert len(asked) == 3


def test_a_full_pool_is_told_of(make_app: Callable[..., Flask], migrated: str) -> None:
    app = make_app(migrated, threads=2)
    with engine_of(app).connect():
        ready = app.test_client().get("/readyz").get_json()
    assert ready["connections"]["in_use"] >= 1
