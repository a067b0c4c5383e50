import re

import pytest
from flask import Flask

from tests.app.browser import Browser

SAFE = {"GET", "HEAD", "OPTIONS"}


def test_every_request_that_changes_something_needs_a_token(visitor: Browser, app: Flask) -> None:
    poll = visitor.open_poll()
    number = poll.rpartition("/")[2]
    checked = 0
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api/"):
            # No cookie counts there, so no other site can use a visitor's.
            continue
        for method in (rule.methods or set()) - SAFE:
            path = re.sub(r"<[^>]+>", number, rule.rule)
            response = visitor.client.open(path, method=method, data={"title": "x", "option": "1"})
            assert response.status_code == 400, f"another site could send {method} {path}"
            assert "reload the page" in response.text
            checked += 1
    assert checked >= 2, "the test would pass without checking anything"


@pytest.mark.parametrize("token", ["", "x", "a.b.c"])
def test_a_made_up_token_is_refused(visitor: Browser, token: str) -> None:
    visitor.get("/polls/new")
    fields = {"csrf_token": token, "title": "Which?", "options-0": "A", "options-1": "B"}
    assert visitor.client.post("/polls", data=fields).status_code == 400


def test_the_token_of_another_visitor_is_refused(visitor: Browser, another: Browser) -> None:
    another.get("/polls/new")
    stolen = another.get("/polls/new").text.partition('csrf_token" value="')[2].partition('"')[0]
    visitor.get("/polls/new")
    fields = {"csrf_token": stolen, "title": "Which?", "options-0": "A", "options-1": "B"}
    assert visitor.client.post("/polls", data=fields).status_code == 400
