"""A visitor: a test client that fills in forms as a browser does, token and cookies included."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import cached_property
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from app.accounts.registry import EmailTakenError

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
COUNT = re.compile(r'class="count">(\d+) vote')
OPTION = re.compile(r'name="option" value="(\d+)" required> <span>([^<]*)</span>')
AUTHOR = "grace@example.org"


class Browser:
    """One visitor with cookies of its own."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client = app.test_client()

    def get(self, path: str, **given: Any) -> TestResponse:
        # Read whole at once, so that a static file is closed.
        return self.client.get(path, buffered=True, **given)

    def submit(self, page: str, action: str, fields: dict[str, str]) -> TestResponse:
        """Open `page`, take its token, and send `fields` to `action`."""
        found = TOKEN.search(self.get(page).text)
        assert found, f"{page} holds no token: the form could not be sent"
        return self.client.post(action, data={"csrf_token": found[1], **fields})

    def create(self, title: str, *labels: str) -> TestResponse:
        """Send the form of a new poll, which is for those who are signed in."""
        options = {f"options-{number}": label for number, label in enumerate(labels)}
        return self.submit("/polls/new", "/polls", {"title": title, **options})

    def open_poll(self, title: str = "Tea or coffee?", *labels: str) -> str:
        """Have an author create a poll; its address."""
        response = self.author.create(title, *(labels or ("Tea", "Coffee")))
        assert response.status_code == 303, f"the poll was not created: {response.text}"
        return response.location

    @cached_property
    def author(self) -> Browser:
        """Somebody else's browser, signed in as the author of polls."""
        # Here, as people have browsers.
        from tests.app.people import make_user, sign_in

        browser = Browser(self.app)
        with suppress(EmailTakenError):
            make_user(self.app, email=AUTHOR, name="Grace")
        sign_in(browser, AUTHOR)
        return browser

    def vote(self, poll: str, label: str) -> TestResponse:
        options = {text: value for value, text in OPTION.findall(self.get(poll).text)}
        return self.submit(poll, f"{poll}/votes", {"option": options[label]})

    def votes(self, poll: str) -> list[int]:
        """The counts on the results page, in the order of the options."""
        page = self.get(f"{poll}/results").text
        return [int(count) for count in COUNT.findall(page)]
