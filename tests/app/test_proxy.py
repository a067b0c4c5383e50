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
        ("evil.example", 421),
        ("polls.example.org.evil.example", 421),
        ("10.20.1.17:8000", 421),
        ("[::1]:8000", 421),
        ("", 421),
    ],
)
def test_only_the_sites_own_names_are_answered(
    make_app: Callable[..., Flask], migrated: str, host: str, status: int
) -> None:
    app = make_app(migrated, domain="polls.example.org", domain_aliases="www.example.org, a.b")
    response = app.test_client().get("/", headers={"Host": host})
    assert response.status_code == status


def ask(
    app: Flask, path: str, *, host: str = "polls.example.org", method: str = "GET", proto: str = ""
) -> tuple[int, str | None]:
    headers = {"Host": host} | ({"X-Forwarded-Proto": proto} if proto else {})
    response = app.test_client().open(path, method=method, headers=headers)
    return response.status_code, response.headers.get("Location")


def site(make_app: Callable[..., Flask], address: str, **changes: object) -> Flask:
    names = {"domain": "polls.example.org", "domain_aliases": "www.example.org"}
    return make_app(address, **names | {"trusted_proxies": 1} | changes)


def test_an_alias_leads_to_the_sites_own_name(
    make_app: Callable[..., Flask], migrated: str
) -> None:
    app = site(make_app, migrated)
    for method in ("GET", "HEAD"):
        found = ask(app, "/polls/7?q=t%C3%A9", host="WWW.example.org:443", method=method)
        assert found == (308, "http://polls.example.org/polls/7?q=t%C3%A9"), (
            "two names would compete in searches, and a sign-in would hold for one of them"
        )
    found = ask(app, "/a//evil.example/%0d%0aX-Evil:1", host="www.example.org", proto="https")
    assert found[1] is not None
    assert found[1].startswith("https://polls.example.org/a//evil.example/"), "it led elsewhere"
    assert "\n" not in found[1]


def test_what_changes_something_is_not_sent_on_from_an_alias(
    make_app: Callable[..., Flask], migrated: str
) -> None:
    found = ask(site(make_app, migrated), "/polls", host="www.example.org", method="POST")
    assert found == (421, None), "a form or token would be sent twice, once to the wrong name"


def test_http_is_redirected_to_https_by_setting(
    make_app: Callable[..., Flask], migrated: str
) -> None:
    app = site(make_app, migrated, secure_ssl_redirect=True)
    there = "https://polls.example.org/polls/7?q=1"
    assert ask(app, "/polls/7?q=1") == (308, there)
    assert ask(app, "/polls/7?q=1", proto="http", method="POST") == (308, there)
    assert ask(app, "/polls/7?q=1", host="www.example.org", proto="http") == (308, there), (
        "an alias would take two redirects"
    )
    assert ask(app, "/", proto="https")[0] == 200, "the redirect would never end"
    assert ask(app, "/", host="evil.example", proto="http")[0] == 421
    assert ask(site(make_app, migrated), "/", proto="http")[0] == 200


def test_without_a_domain_https_is_sought_at_the_name_that_was_asked(
    make_app: Callable[..., Flask], migrated: str
) -> None:
    app = make_app(migrated, trusted_proxies=1, secure_ssl_redirect=True)
    assert ask(app, "/a", host="any.example:8080") == (308, "https://any.example/a")
    assert ask(app, "/a", host="[2001:db8::1]:8080") == (308, "https://[2001:db8::1]/a")


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_health_checks_are_answered_by_address_and_in_plain_http(
    make_app: Callable[..., Flask], migrated: str, path: str
) -> None:
    app = site(make_app, migrated, secure_ssl_redirect=True)
    for host in ("10.20.1.17:8000", "www.example.org", "polls.example.org"):
        assert ask(app, path, host=host)[0] == 200, "the balancer would stop every task"


def test_any_name_is_answered_where_no_domain_is_set(app: Flask) -> None:
    assert app.test_client().get("/", headers={"Host": "anything.example"}).status_code == 200
