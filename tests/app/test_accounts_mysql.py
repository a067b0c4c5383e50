"""The life of an account where the database is MySQL (a MariaDB stands for it)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts import registry, roster, tokens
from app.accounts.models import ApiToken, Role, User
from app.accounts.registry import EmailTakenError
from app.accounts.roster import LastAdministratorError
from app.database import db
from app.security.limits import first_in
from tests.app.browser import Browser
from tests.app.people import EMAIL, PASSWORD, make_user, sign_in

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("mariadb")]


def test_an_account_is_made_used_changed_and_deleted(mysql_app: Flask) -> None:
    browser, other = Browser(mysql_app), Browser(mysql_app)
    fields = {"email": EMAIL, "name": "Ada", "password": PASSWORD}
    assert browser.submit("/register", "/register", fields).status_code == 303
    assert other.submit("/register", "/register", fields).status_code == 422
    sign_in(other)
    assert browser.submit("/account", "/account/name", {"name": "Ada 🦆"}).status_code == 303
    assert "Ada 🦆" in browser.get("/account").text
    page = "/account/password"
    changed = {"current": PASSWORD, "password": "staple battery horse correct"}
    assert browser.submit(page, page, changed).status_code == 303
    assert other.get("/account").status_code == 303, "the change of password ended no session"
    made = browser.submit("/account", "/account/tokens", {"label": "laptop", "days": ""})
    assert made.status_code == 201
    page = "/account/delete"
    assert browser.submit(page, page, {"password": changed["password"]}).status_code == 303
    with mysql_app.app_context():
        assert db.session.scalar(select(User.id)) is None
        assert db.session.scalar(select(ApiToken.id)) is None


def test_tokens_and_taken_addresses_are_told_as_on_postgres(mysql_app: Flask) -> None:
    number = make_user(mysql_app)
    with mysql_app.app_context():
        user = db.session.get_one(User, number)
        token = tokens.issue(db.session, user, "laptop")
        assert tokens.user_of(db.session, token) is user
        assert tokens.revoke(db.session, user, tokens.of_user(db.session, user)[0].id)
        assert tokens.user_of(db.session, token) is None
        with pytest.raises(EmailTakenError):
            registry.create_user(db.session, email="ADA@example.org", name="Eve")
        assert registry.change_password(db.session, user, PASSWORD)


def test_one_of_two_administrators_stays(mysql_app: Flask) -> None:
    pair = [make_user(mysql_app, f"{n}@example.org", role=Role.ADMINISTRATOR) for n in "ab"]

    def demote(number: int) -> bool:
        with mysql_app.app_context():
            try:
                return roster.set_role(db.session, number, Role.AUTHOR) is not None
            except LastAdministratorError:
                return False

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(demote, pair)) == [False, True], "both would be gone"


def test_the_administrators_pages_and_limits_work(mysql_app: Flask) -> None:
    make_user(mysql_app, role=Role.ADMINISTRATOR)
    browser = Browser(mysql_app)
    sign_in(browser)
    for page in ("/admin/", "/admin/users?q=ADA", "/admin/polls?q=tea", "/admin/jobs"):
        assert browser.get(page).status_code == 200
    fields = {"email": "eve@example.org", "password": "wrong"}
    stranger = Browser(mysql_app)
    answers = [stranger.submit("/sign-in", "/sign-in", fields).status_code for _ in range(11)]
    assert answers == [422] * 10 + [429]
    with mysql_app.app_context():
        assert [first_in("fault", 60), first_in("fault", 60)] == [True, False]
