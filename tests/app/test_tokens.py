"""API tokens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts import roster, tokens
from app.accounts.models import ApiToken, User
from app.database import db
from tests.app.people import make_user


@pytest.fixture
def user(app: Flask) -> User:
    make_user(app)
    with app.app_context():
        return db.session.scalars(select(User)).one()


def test_a_token_names_its_owner_and_the_database_cannot_tell_it(app: Flask, user: User) -> None:
    with app.app_context():
        token = tokens.issue(db.session, user, "laptop")
        found = tokens.user_of(db.session, token)
        assert found is not None
        assert found.id == user.id
        kept = db.session.scalars(select(ApiToken)).one()
        assert token not in f"{kept.digest} {kept.name}", "who reads a backup could use the token"
        assert kept.last_used_at is not None
        assert token.startswith("polls_")
        assert len(token) >= 6 + 43, "a short token can be guessed"


@pytest.mark.parametrize("given", ["", "polls_", "polls_x", "x" * 5000, "polls_\0"])
def test_what_is_no_token_names_nobody(app: Flask, user: User, given: str) -> None:
    with app.app_context():
        tokens.issue(db.session, user, "laptop")
        assert tokens.user_of(db.session, given) is None


def test_a_token_that_is_over_revoked_or_of_a_disabled_account_names_nobody(
    app: Flask, user: User
) -> None:
    now = datetime.now(UTC)
    with app.app_context():
        over = tokens.issue(db.session, user, "over", now - timedelta(seconds=1))
        assert tokens.user_of(db.session, over) is None, "an end that does not end anything"
        good = tokens.issue(db.session, user, "good", now + timedelta(days=1))
        assert tokens.user_of(db.session, good) is not None
        roster.disable(db.session, user.id)
        assert tokens.user_of(db.session, good) is None, "a disabled account could go on by the API"
        roster.enable(db.session, user.id)
        newest = tokens.of_user(db.session, user)[0]
        assert tokens.revoke(db.session, user, newest.id)
        assert tokens.user_of(db.session, good) is None
        assert not tokens.revoke(db.session, user, newest.id)


def test_nobody_revokes_the_token_of_somebody_else(app: Flask, user: User) -> None:
    make_user(app, "eve@example.org")
    with app.app_context():
        eve = db.session.scalars(select(User).where(User.email == "eve@example.org")).one()
        token = tokens.issue(db.session, user, "laptop")
        number = tokens.of_user(db.session, user)[0].id
        assert not tokens.revoke(db.session, eve, number)
        assert tokens.user_of(db.session, token) is not None


def test_an_account_has_a_limited_number_of_tokens(
    app: Flask, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "PER_USER_MAXIMUM", 2)
    with app.app_context():
        for name in ("one", "two"):
            tokens.issue(db.session, user, name)
        with pytest.raises(tokens.TooManyTokensError):
            tokens.issue(db.session, user, "three")


def test_the_last_use_is_not_written_at_each_request(app: Flask, user: User) -> None:
    with app.app_context():
        token = tokens.issue(db.session, user, "laptop")
        tokens.user_of(db.session, token)
        first = db.session.scalar(select(ApiToken.last_used_at))
        tokens.user_of(db.session, token)
        assert db.session.scalar(select(ApiToken.last_used_at)) == first
