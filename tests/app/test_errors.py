from collections.abc import Callable

import psycopg
import pymysql
import pytest
from flask import Flask, abort, g
from sqlalchemy import make_url
from sqlalchemy.dialects.mysql.pymysql import MySQLDialect_pymysql
from sqlalchemy.exc import DBAPIError
from werkzeug.http import HTTP_STATUS_CODES

from app.database import engine
from app.deploy.steps import deploy
from local.postgres import Postgres
from tests.app.browser import Browser
from tests.app.conftest import MakeConfig, engine_of

NOWHERE = "postgresql://app:app@127.0.0.1:1/app"
JSON = {"Accept": "application/json"}
MYSQL = MySQLDialect_pymysql()


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
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "There is nothing at this address. It may have been mistyped.",
        "instance": "abcdefgh-1",
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
    response = visitor.client.post("/sign-in", data={"email": "x" * 70_000})
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


def set_read_only(address: str, value: str) -> None:
    """Make the database refuse writes on its next connections, as an old primary does, or not."""
    with psycopg.connect(address, autocommit=True) as owner:
        owner.execute("SET default_transaction_read_only = off")
        name = make_url(address).database
        owner.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = {value}")


def test_a_server_that_refuses_writes_is_left_for_a_new_connection(
    empty_database: str, make_config: MakeConfig, make_app: Callable[..., Flask]
) -> None:
    deploy(make_config(empty_database))
    app = make_app(empty_database)
    author = Browser(app).author
    set_read_only(empty_database, "on")
    engine_of(app).dispose()
    assert author.create("Which?", "A", "B").status_code == 503
    set_read_only(empty_database, "off")
    response = author.create("Which?", "A", "B")
    assert response.status_code == 303, "after a failover the tasks would stay with the old server"


REFUSALS = [
    ("GET", "/api/v1/nothing", {}, 404, "There is nothing at this address."),
    ("PATCH", "/api/v1/polls", {}, 405, "This address does not take that kind of request."),
    ("POST", "/api/v1/polls", {"Authorization": "Bearer x"}, 401, "The token is not valid"),
]


@pytest.mark.parametrize(("method", "path", "headers", "status", "detail"), REFUSALS)
def test_the_api_answers_with_problem_details_whatever_is_accepted(
    app: Flask, method: str, path: str, headers: dict[str, str], status: int, detail: str
) -> None:
    accepted = {"Accept": "text/html", "X-Request-ID": "abcdefgh-1"}
    response = app.test_client().open(path, method=method, headers=accepted | headers)
    assert response.mimetype == "application/problem+json", "a program would get a page to read"
    problem = response.get_json()
    assert problem.pop("detail").startswith(detail)
    assert problem == {
        "type": "about:blank",
        "title": HTTP_STATUS_CODES[status],
        "status": status,
        "instance": "abcdefgh-1",
    }
    if status == 401:
        assert response.headers["WWW-Authenticate"].lower().startswith("bearer")


def test_refusals_say_what_to_do(app: Flask) -> None:
    refuse(app)
    client = app.test_client()
    for status, words in ((401, "Sign in"), (403, "Your account may not"), (415, "of a kind")):
        response = client.get(f"/refuse/{status}")
        assert response.status_code == status
        assert words in response.text, "the visitor would not know what to do"
        assert "developers" not in response.text, "a library's words would be shown to a visitor"


def test_who_is_over_a_limit_is_told_how_long_to_wait(app: Flask) -> None:
    refuse(app)

    @app.get("/waiting")
    def limited() -> str:
        g.retry_after_seconds = 17
        abort(429)

    client = app.test_client()
    assert client.get("/waiting").headers["Retry-After"] == "17"
    response = client.get("/refuse/429")
    assert response.headers["Retry-After"] == "60", "programs would try again at once"
    assert "wait a little" in response.text


def refuse(app: Flask) -> None:
    @app.get("/refuse/<int:status>")
    def refused(status: int) -> str:
        abort(status, "for developers")


@pytest.mark.parametrize(
    "error",
    [
        pymysql.err.OperationalError(2013, "Lost connection to 10.0.0.7"),
        pymysql.err.InternalError(3024, "maximum statement execution time exceeded at 10.0.0.7"),
        pymysql.err.InterfaceError(0, "10.0.0.7"),
    ],
)
def test_faults_of_mysql_ask_to_come_back_too(
    app: Flask, error: pymysql.err.MySQLError, caplog: pytest.LogCaptureFixture
) -> None:
    @app.get("/mysql")
    def fail() -> str:
        raise DBAPIError.instance("SELECT 1", {}, error, pymysql.err.MySQLError, dialect=MYSQL)

    response = app.test_client().get("/mysql")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert f"{type(error).__name__} {error.args[0]}" in caplog.text, "the reason would be unknown"
    assert "10.0.0.7" not in caplog.text


def test_an_error_page_that_fails_itself_still_answers(
    broken: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.errors.render_template", lambda *_args, **_shown: 1 / 0)
    response = broken.test_client().get("/broken")
    assert (response.status_code, response.mimetype) == (500, "text/plain")
    assert "Something went wrong on our side." in response.text
