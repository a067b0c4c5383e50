"""What the form of a new account takes and refuses."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.app.browser import Browser
from tests.app.people import EMAIL, PASSWORD


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"email": ""}, "Write your e-mail address"),
        ({"email": "ada"}, "not an address for mail"),
        ({"email": "ada@example.org\0"}, None),
        ({"email": "a" * 250 + "@example.org"}, "at most 254 characters"),
        ({"name": " \u200b\t"}, "Write the name"),
        ({"name": "x" * 81}, "at most 80 characters"),
        ({"password": "too short"}, "15 to 128 characters"),
        ({"password": "x" * 129}, "15 to 128 characters"),
        ({"password": "abab" * 5}, "repeats a few characters"),
        ({"password": "Ada Ada Ada example.org"}, "little more than your name or address"),
    ],
)
def test_what_is_wrong_is_said_at_the_form(
    visitor: Browser, app: Flask, fields: dict[str, str], said: str | None
) -> None:
    given = {"email": EMAIL, "name": "Ada", "password": PASSWORD} | fields
    response = visitor.submit("/register", "/register", given)
    assert response.status_code == (422 if said else 303), response.text
    assert (said or "") in response.text
    assert PASSWORD not in response.text, "a password would stand in the page"
