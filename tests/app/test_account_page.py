"""The pages of one's own account."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app.accounts import passwords, tokens
from app.accounts.models import ApiToken, Role, User
from app.database import db
from app.polls import ballot
from tests.app.browser import Browser
from tests.app.people import EMAIL, PASSWORD, make_user, sign_in

CODE = re.compile(r"<code>(polls_[\w-]+)</code>")
# As the application has them: tests run with cheaper ones.
GIVEN = passwords.PARAMETERS
OWN_PAGES = ["/account", "/account/password", "/account/delete"]


@pytest.fixture
def owner(app: Flask, visitor: Browser) -> int:
    number = make_user(app)
    sign_in(visitor)
    return number


@pytest.mark.parametrize("page", OWN_PAGES)
def test_pages_of_an_account_are_for_its_owner(visitor: Browser, app: Flask, page: str) -> None:
    assert visitor.get(page).location == f"/sign-in?next={page}"


def test_every_change_of_an_account_needs_a_sign_in(visitor: Browser, app: Flask) -> None:
    checked = 0
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/account") and "POST" in (rule.methods or ()):
            path = re.sub(r"<[^>]+>", "1", rule.rule)
            response = visitor.submit("/sign-in", path, {"name": "x"})
            assert response.location == "/sign-in", f"a stranger could use {path}"
            checked += 1
    assert checked == 6


def test_a_name_is_changed(visitor: Browser, owner: int) -> None:
    assert visitor.submit("/account", "/account/name", {"name": " Ada  L. "}).status_code == 303
    assert 'value="Ada L."' in visitor.get("/account").text
    assert visitor.submit("/account", "/account/name", {"name": ""}).status_code == 422


def test_a_token_is_shown_once_and_can_be_revoked(visitor: Browser, owner: int, app: Flask) -> None:
    made = visitor.submit("/account", "/account/tokens", {"label": "laptop", "days": "30"})
    assert made.status_code == 201
    found = CODE.search(made.text)
    assert found, "nobody would ever see the token"
    assert found[1] not in visitor.get("/account").text
    with app.app_context():
        kept = db.session.scalars(select(ApiToken)).one()
        assert tokens.user_of(db.session, found[1]) is not None
        assert kept.expires_at is not None
        assert (kept.expires_at - kept.created_at).days in {29, 30}
    revoke = f"/account/tokens/{kept.id}/revoke"
    assert visitor.submit("/account", revoke, {}).status_code == 303
    assert visitor.submit("/account", revoke, {}).status_code == 404
    with app.app_context():
        assert tokens.user_of(db.session, found[1]) is None


@pytest.mark.parametrize(
    ("label", "days"), [("", "30"), ("laptop", "31"), ("laptop", "x"), ("y" * 81, "")]
)
def test_a_token_needs_a_name_and_an_end_that_was_offered(
    visitor: Browser, owner: int, app: Flask, label: str, days: str
) -> None:
    made = visitor.submit("/account", "/account/tokens", {"label": label, "days": days})
    assert made.status_code == 422
    with app.app_context():
        assert db.session.scalar(select(ApiToken.id)) is None


@pytest.mark.parametrize(
    ("current", "new", "said"),
    [
        ("wrong", "staple battery horse correct", "This is not your password"),
        (PASSWORD, "short", "15 to 128 characters"),
        (PASSWORD, f"{EMAIL} Ada", "little more than your name"),
        ("", "staple battery horse correct", "Write your password"),
    ],
)
def test_a_password_is_changed_by_who_knows_it_to_a_good_one(
    visitor: Browser, owner: int, current: str, new: str, said: str
) -> None:
    page = "/account/password"
    response = visitor.submit(page, page, {"current": current, "password": new})
    assert response.status_code == 422
    assert said in response.text


def test_a_deleted_account_is_gone_and_its_polls_stay(
    visitor: Browser, owner: int, app: Flask
) -> None:
    with app.app_context():
        user = db.session.get_one(User, owner)
        tokens.issue(db.session, user, "laptop")
        poll = ballot.create(db.session, "Tea?", ["Yes", "No"], author_id=owner)
    page = "/account/delete"
    assert visitor.submit(page, page, {"password": "wrong"}).status_code == 422
    assert visitor.submit(page, page, {"password": PASSWORD}).status_code == 303
    with app.app_context():
        assert db.session.scalar(select(User.id)) is None
        assert db.session.scalar(select(ApiToken.id)) is None, "its tokens would outlive it"
        assert ballot.find(db.session, poll.id) is not None
    assert visitor.get("/account").status_code == 303


def test_the_last_administrator_cannot_leave(visitor: Browser, app: Flask) -> None:
    make_user(app, role=Role.ADMINISTRATOR)
    sign_in(visitor)
    page = "/account/delete"
    response = visitor.submit(page, page, {"password": PASSWORD})
    assert response.status_code == 422, "nobody could look after the site any more"
    assert "last administrator" in response.text


def test_a_page_that_reports_a_fault_of_the_database_does_not_ask_it_who_is_signed_in(
    visitor: Browser, owner: int, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def fail(*_given: object, **_more: object) -> None:
        asked.append("users")
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr("sqlalchemy.orm.Session.get", fail)
    response = visitor.get("/account")
    assert response.status_code == 503, "the page of the fault would fail itself"
    assert asked == ["users"]


class TestPasswords:
    """What is taken for a password, and what is kept of it."""

    def test_the_parameters_are_those_that_owasp_asks_for(self) -> None:
        assert GIVEN == {"memory_cost": 19 * 1024, "time_cost": 2, "parallelism": 1}, (
            "stolen hashes would be cheaper to try than they need be"
        )

    def test_a_password_is_the_same_however_a_keyboard_composes_it(self) -> None:
        kept = passwords.hash_of("cafe\u0301 au lait, s'il vous plai\u0302t")
        assert passwords.verify(kept, "caf\u00e9 au lait, s'il vous pla\u00eet")
        assert not passwords.verify(kept, "cafe au lait, s'il vous plait")

    @pytest.mark.parametrize(
        "kept", ["", "x", "$argon2id$v=19$m=8,t=1,p=1$", "pbkdf2:sha256:1$a$b"]
    )
    def test_what_is_no_hash_fits_no_password(self, kept: str) -> None:
        assert not passwords.verify(kept, "")
        assert not passwords.verify(kept, PASSWORD)

    def test_two_hashes_of_one_password_differ(self) -> None:
        assert passwords.hash_of(PASSWORD) != passwords.hash_of(PASSWORD)
