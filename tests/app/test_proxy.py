from collections.abc import Callable

import pytest
from flask import Flask, request, url_for

FORWARDED = {
    "X-Forwarded-For": "203.0.113.9, 198.51.100.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Prefix": "/evil",
}


def seen(app: Flask) -> dict[str, str | None]:
    @app.get("/seen")
    def show() -> dict[str, str | None]:
        address = url_for("polls.index", _external=True)
        return {"address": address, "client": request.remote_addr}

    found: dict[str, str | None] = app.test_client().get("/seen", headers=FORWARDED).get_json()
    return found


def test_behind_the_balancer_its_hop_is_believed_and_the_clients_is_not(
    make_app: Callable[..., Flask], migrated: str
) -> None:
    found = seen(make_app(migrated, trusted_proxies=1))
    assert found == {"address": "https://localhost/", "client": "198.51.100.7"}, (
        "a client could choose its address or the host in our links"
    )


def test_without_a_proxy_nothing_forwarded_is_believed(
    make_app: Callable[..., Flask], migrated: str
) -> None:
    found = seen(make_app(migrated, trusted_proxies=0))
    assert found == {"address": "http://localhost/", "client": "127.0.0.1"}


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("polls.example.org", 200),
        ("polls.example.org:443", 200),
        ("POLLS.example.org", 200),
        ("www.example.org", 200),
        ("evil.example", 421),
        ("polls.example.org.evil.example", 421),
        ("10.20.1.17:8000", 421),
    ],
)
def test_only_the_sites_own_names_are_answered(
    make_app: Callable[..., Flask], migrated: str, host: str, status: int
) -> None:
    app = make_app(migrated, domain="polls.example.org", domain_aliases="www.example.org, a.b")
    response = app.test_client().get("/", headers={"Host": host})
    assert response.status_code == status


def test_any_name_is_answered_where_no_domain_is_set(app: Flask) -> None:
    assert app.test_client().get("/", headers={"Host": "anything.example"}).status_code == 200
