"""People with accounts, for tests of whatever needs one."""

from __future__ import annotations

from flask import Flask

from app.accounts.models import Role
from app.accounts.registry import create_user
from app.database import db
from tests.app.browser import Browser

EMAIL = "ada@example.org"
PASSWORD = "correct horse battery"


def make_user(
    app: Flask,
    email: str = EMAIL,
    role: Role = Role.AUTHOR,
    password: str | None = PASSWORD,
    name: str = "Ada",
) -> int:
    """Save an account and return its id."""
    with app.app_context():
        user = create_user(db.session, email=email, name=name, password=password, role=role)
        return user.id


def sign_in(browser: Browser, email: str = EMAIL, password: str = PASSWORD) -> None:
    """Sign the browser in, by the form."""
    response = browser.submit("/sign-in", "/sign-in", {"email": email, "password": password})
    assert response.status_code == 303, f"{email} could not sign in: {response.text}"
