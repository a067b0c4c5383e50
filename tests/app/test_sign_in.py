"""Signing in and out, and what a session is worth."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from app.accounts import login, passwords, registry, roster
from app.accounts.models import User
from app.accounts.registry import authenticate
from app.database import db
from tests.app.browser import Browser
from tests.app.people import EMAIL, PASSWORD, make_user, sign_in

UNKNOWN = "nobody@example.org"
DAY_SECONDS = 24 * 3600


def try_to_sign_in(browser: Browser, email: str, password: str) -> TestResponse:
    return browser.submit("/sign-in", "/sign-in", {"email": email, "password": password})


def is_signed_in(browser: Browser) -> bool:
    return browser.get("/account").status_code == 200


def refusal(text: str) -> str:
    """The page without what differs by itself: the token of the form and the address typed."""
    start = text.index('<div class="problem"')
    return text[start : text.index("</div>", start)]


def test_whoever_knows_the_password_signs_in_and_out_again(visitor: Browser, app: Flask) -> None:
    make_user(app)
    response = try_to_sign_in(visitor, " ADA@Example.org ", PASSWORD)
    assert response.status_code == 303, "an address is the same however it is written"
    assert "signed in as Ada" in visitor.get("/").text
    assert is_signed_in(visitor)
    assert visitor.submit("/account", "/sign-out", {}).status_code == 303
    assert not is_signed_in(visitor), "who signed out at a shared computer would still be signed in"


def test_a_sign_out_needs_a_form_of_ours(visitor: Browser, app: Flask) -> None:
    make_user(app)
    sign_in(visitor)
    assert visitor.get("/sign-out").status_code == 405
    assert visitor.client.post("/sign-out").status_code == 400
    assert is_signed_in(visitor), "any page with a picture of /sign-out would sign people out"


def test_unknown_wrong_and_disabled_look_the_same(visitor: Browser, app: Flask) -> None:
    make_user(app)
    make_user(app, "off@example.org")
    with app.app_context():
        db.session.execute(
            update(User).where(User.email == "off@example.org").values(disabled_at=User.created_at)
        )
        db.session.commit()
    answers = {
        (response.status_code, refusal(response.text))
        for email, password in [
            (UNKNOWN, PASSWORD),
            (EMAIL, "another password altogether"),
            ("off@example.org", PASSWORD),
            ("not an address", PASSWORD),
        ]
        if (response := try_to_sign_in(visitor, email, password))
    }
    assert len(answers) == 1, f"the answer tells which addresses have an account: {answers}"
    assert not is_signed_in(visitor)


@pytest.mark.parametrize("password_hash", ["right", None])
def test_an_unknown_address_takes_as_much_work_as_a_known_one(
    app: Flask, monkeypatch: pytest.MonkeyPatch, password_hash: str | None
) -> None:
    make_user(app, password=None if password_hash is None else PASSWORD)
    work: list[str] = []
    hasher = passwords._hasher

    class Counting:
        def hash(self, password: str) -> str:
            work.append("argon2")
            return hasher().hash(password)

        def verify(self, kept: str, password: str) -> bool:
            work.append("argon2")
            return hasher().verify(kept, password)

    monkeypatch.setattr(passwords, "_hasher", Counting)
    with app.app_context():
        for email in (EMAIL, UNKNOWN, "not an address"):
            work.clear()
            assert authenticate(db.session, email, "a wrong password, quite long") is None
            assert work == ["argon2"], f"the time that {email} takes tells whether it is known"


def test_a_password_of_a_megabyte_is_not_hashed_whole(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_user(app)
    seen: list[int] = []

    def note(_hash: str | None, given: str) -> bool:
        seen.append(len(given))
        return False

    monkeypatch.setattr(passwords, "verify", note)
    with app.app_context():
        authenticate(db.session, EMAIL, "x" * 1_000_000)
    assert seen == [registry.LONGEST_INPUT], "few requests would keep the processor busy"


def test_a_hash_of_the_past_is_replaced_at_the_next_sign_in(
    visitor: Browser, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_user(app)
    monkeypatch.setattr(passwords, "PARAMETERS", {**passwords.PARAMETERS, "memory_cost": 16})
    sign_in(visitor)
    with app.app_context():
        kept = db.session.scalar(select(User.password_hash))
    assert kept is not None
    assert "m=16," in kept, "stronger parameters would reach new accounts alone"
    assert kept.startswith("$argon2id$")


def test_signing_in_gives_the_browser_another_session(visitor: Browser, app: Flask) -> None:
    make_user(app)
    with visitor.client.session_transaction() as session:
        session["planted"] = "by somebody else"
    before = visitor.get("/sign-in")
    sign_in(visitor)
    with visitor.client.session_transaction() as session:
        assert "planted" not in session, "a session begun by a stranger would become the user's"
    stolen = visitor.client.post(
        "/account/name", data={"csrf_token": before.text.split('csrf_token" value="')[1][:91]}
    )
    assert stolen.status_code == 400, "a form token from before the sign-in would still be good"


def test_another_password_ends_all_sessions_but_the_one_that_changed_it(
    visitor: Browser, another: Browser, app: Flask
) -> None:
    make_user(app)
    sign_in(visitor)
    sign_in(another)
    fields = {"current": PASSWORD, "password": "staple battery horse correct"}
    assert visitor.submit("/account/password", "/account/password", fields).status_code == 303
    assert is_signed_in(visitor)
    assert not is_signed_in(another), "who stole a session would keep it after the change"


def test_a_disabled_account_is_out_at_once_and_its_sessions_do_not_come_back(
    visitor: Browser, app: Flask
) -> None:
    number = make_user(app)
    sign_in(visitor)
    with app.app_context():
        db.session.execute(update(User).values(disabled_at=User.created_at))
        db.session.commit()
    assert not is_signed_in(visitor), "a disabled account could go on until its session ends"
    with app.app_context():
        roster.enable(db.session, number)
    assert is_signed_in(visitor), "the next step would prove nothing"
    with app.app_context():
        roster.disable(db.session, number)
    with app.app_context():
        roster.enable(db.session, number)
    sign_in_page = visitor.get("/account")
    assert sign_in_page.status_code == 303, "a stolen session would live again"


def test_signing_out_everywhere_ends_the_sessions_of_all_browsers(
    visitor: Browser, another: Browser, app: Flask
) -> None:
    make_user(app)
    sign_in(visitor)
    sign_in(another)
    visitor.submit("/account", "/account/sessions/end", {})
    assert not is_signed_in(visitor)
    assert not is_signed_in(another), "a lost phone would stay signed in"


@pytest.mark.parametrize(
    ("visits_after_seconds", "lives"),
    [
        ([1800, 3500, 5200], True),
        ([3601], False),
        ([3000 * step for step in range(1, 1 + 31 * DAY_SECONDS // 3000)], False),
    ],
    ids=["visits", "no visit", "visits for a month"],
)
def test_a_sign_in_ends_after_a_while_without_visit_and_after_a_month(
    make_app: Callable[..., Flask],
    migrated: str,
    app: Flask,
    monkeypatch: pytest.MonkeyPatch,
    visits_after_seconds: list[int],
    lives: bool,
) -> None:
    own = make_app(migrated, session_seconds=3600)
    make_user(own)
    with own.test_request_context():
        user = db.session.scalars(select(User)).one()
        login.sign_in(user)
        now = time.time()
        expired = False
        for seconds in visits_after_seconds:
            monkeypatch.setattr(time, "time", lambda seconds=seconds: now + seconds)
            expired = expired or login._expired()
    assert expired is not lives, "a copied cookie would be good for ever"


def test_a_session_cookie_cannot_be_read_by_scripts_nor_sent_by_other_sites(
    visitor: Browser, app: Flask
) -> None:
    make_user(app)
    sign_in(visitor)
    visitor.get("/account")
    response = visitor.submit("/account", "/account/name", {"name": "Ada L."})
    cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Expires" not in cookie, "closing the browser at a shared computer would not sign out"


def test_a_forged_session_signs_nobody_in(visitor: Browser, app: Flask) -> None:
    make_user(app)
    visitor.client.set_cookie("session", "eyJfdXNlcl9pZCI6IjE6MCJ9.aaaa.bbbb")
    assert not is_signed_in(visitor)
