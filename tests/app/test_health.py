from collections.abc import Callable

from flask import Flask

NOWHERE = "postgresql://app:app@127.0.0.1:1/app"


def test_an_instance_with_a_database_is_alive_and_ready(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/livez").status_code == 200
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json == {"status": "ready", "database": "answers"}


def test_without_a_database_an_instance_is_alive_but_not_ready(
    make_app: Callable[..., Flask],
) -> None:
    client = make_app(NOWHERE).test_client()
    assert client.get("/livez").status_code == 200, "a database fault would kill every task"
    ready = client.get("/readyz")
    assert ready.status_code == 503, "an alarm would not see the fault"
    assert ready.json == {"status": "unavailable", "database": "does not answer"}


def test_a_health_check_by_address_is_answered_where_the_host_name_is_checked(
    make_app: Callable[..., Flask], migrated: str
) -> None:
    client = make_app(migrated, domain="polls.example.org").test_client()
    for path in ("/livez", "/readyz"):
        response = client.get(path, headers={"Host": "10.20.1.17:8000"})
        assert response.status_code == 200, "the balancer would take every task out of service"


def test_health_checks_set_no_cookie(app: Flask) -> None:
    assert "Set-Cookie" not in app.test_client().get("/livez").headers
