"""Where somebody is sent after signing in: to a page of this site, or to none."""

from __future__ import annotations

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.accounts import login
from tests.app.browser import Browser
from tests.app.people import EMAIL, PASSWORD, make_user


def sign_in_at(browser: Browser, page: str) -> TestResponse:
    return browser.submit(page, page, {"email": EMAIL, "password": PASSWORD})


@pytest.mark.parametrize("given", ["/account", "/?q=a%20b", "/polls/new?x=//y"])
def test_after_the_sign_in_comes_the_page_that_was_asked_for(
    visitor: Browser, app: Flask, given: str
) -> None:
    make_user(app)
    page = "/sign-in?next=" + given.replace("?", "%3F").replace("&", "%26").replace("%20", "%2520")
    response = sign_in_at(visitor, page)
    assert response.location == given


@pytest.mark.parametrize(
    "given",
    [
        "//evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        "/\\evil.example",
        "\\/evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        " //evil.example",
        "///evil.example",
        "http:evil.example",
        "evil.example",
        "/a\r\nX: y",
        "//[",
        "",
    ],
)
def test_a_link_to_the_sign_in_page_never_leads_to_another_site(given: str) -> None:
    assert login.safe_path(given) is None, "our own page would send people to a forged one"


def test_the_page_after_the_sign_in_is_checked(visitor: Browser, app: Flask) -> None:
    make_user(app)
    response = sign_in_at(visitor, "/sign-in?next=//evil.example")
    assert response.location == "/"
    again = visitor.get("/sign-in?next=//evil.example")
    assert again.location == "/", "who is signed in already would be sent elsewhere"


def test_who_asks_for_a_page_of_the_account_is_sent_to_sign_in_and_back(
    visitor: Browser, app: Flask
) -> None:
    make_user(app)
    asked = visitor.get("/account")
    assert asked.status_code == 303
    assert asked.location == "/sign-in?next=/account"
    assert sign_in_at(visitor, asked.location).location == "/account"
