"""Forms, filled in at random: never a 5xx, and nothing is saved that breaks a limit."""

from __future__ import annotations

import unicodedata
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.accounts.models import EMAIL_LENGTH, NAME_LENGTH, User
from app.database import db
from app.mail.models import Mail
from app.polls.forms import LONGEST, OPTIONS_MAXIMUM, OPTIONS_MINIMUM, TITLE_MINIMUM, UNITS
from app.polls.models import LABEL_LENGTH, TITLE_LENGTH, Poll
from app.security.limits import limiter
from tests.app.browser import Browser
from tests.app.people import PASSWORD, make_user, sign_in

often = settings(
    max_examples=80,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
# A browser sends no half of a character; what else there is, it does.
ANYTHING = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
BLANK = st.sampled_from(["", " ", "\t", "\x00", "\u200b", "\u3000", "\r\n"])
LONG = st.builds(lambda text, times: text * times, ANYTHING, st.integers(1, 60))
# Each field is right in every second form or so: else no form would be right as a whole.
TITLES = st.one_of(ANYTHING, BLANK, LONG, *[st.just("Tea or coffee?")] * 3)
LABEL = st.one_of(ANYTHING, BLANK, LONG, st.sampled_from("aAbBß"))
LABELS = st.one_of(st.lists(LABEL, max_size=13), st.just(["Tea", "Coffee"]))
SPANS = st.one_of(st.just(""), ANYTHING, *[st.integers(-5, 600_000).map(str)] * 2)
SPAN_UNITS = st.one_of(ANYTHING, *[st.sampled_from(list(UNITS))] * 3)
POLLS: st.SearchStrategy[dict[str, str]] = st.builds(
    lambda title, labels, span, unit: {
        "title": title,
        **{f"options-{place}": label for place, label in enumerate(labels)},
        "closes_after": span,
        "closes_unit": unit,
    },
    TITLES,
    LABELS,
    SPANS,
    SPAN_UNITS,
)
EMAILS = st.one_of(st.emails(), ANYTHING, LONG.map(lambda text: f"{text}@example.org"))
PASSWORDS = st.one_of(ANYTHING, LONG, st.just(PASSWORD))


@pytest.fixture(autouse=True)
def _unhindered(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither limits nor tokens of forms: here it is about what is in them."""
    monkeypatch.setattr(limiter, "enabled", False)
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def author(app: Flask, visitor: Browser) -> Browser:
    app.config["WTF_CSRF_ENABLED"] = True
    make_user(app)
    sign_in(visitor)
    app.config["WTF_CSRF_ENABLED"] = False
    return visitor


def rows_of(app: Flask, model: type[Any]) -> list[Any]:
    with app.app_context():
        return list(db.session.scalars(select(model)).unique())


def is_clean(text: str) -> bool:
    """Whether it can be seen, and holds nothing that would break a line or a database."""
    kinds = [unicodedata.category(character) for character in text]
    return text == text.strip() and "Cc" not in kinds and any(kind[0] not in "ZC" for kind in kinds)


def test_a_poll_form_saves_only_polls_within_the_limits(app: Flask, author: Browser) -> None:
    @often
    @given(fields=POLLS)
    def check(fields: dict[str, str]) -> None:
        response = author.client.post("/polls", data=fields)
        assert response.status_code in {303, 422}, f"answered {response.status_code}"
        seen.append(response.status_code)

    seen: list[int] = []
    check()
    saved = polls_of(app)
    assert len(saved) == seen.count(303), "a refused poll would be there all the same"
    assert saved, "only refusals were looked at"
    for title, labels, span in saved:
        assert TITLE_MINIMUM <= len(title) <= TITLE_LENGTH
        assert OPTIONS_MINIMUM <= len(labels) <= OPTIONS_MAXIMUM
        assert all(is_clean(text) for text in [title, *labels])
        assert max(map(len, labels)) <= LABEL_LENGTH
        assert len({label.casefold() for label in labels}) == len(labels)
        assert timedelta() < span <= LONGEST


def polls_of(app: Flask) -> list[tuple[str, list[str], timedelta]]:
    """Title, options and time to vote of each poll; a poll without an end has the longest."""
    with app.app_context():
        return [
            (
                poll.title,
                [option.label for option in poll.options],
                poll.closes_at - poll.created_at if poll.closes_at else LONGEST,
            )
            for poll in db.session.scalars(select(Poll))
        ]


@pytest.mark.parametrize("path", ["/polls", "/register", "/sign-in"])
def test_a_body_of_any_bytes_is_refused_in_peace(author: Browser, app: Flask, path: str) -> None:
    kinds = ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"]

    @settings(often, max_examples=25)
    @given(body=st.binary(max_size=300), kind=st.sampled_from(kinds))
    def check(body: bytes, kind: str) -> None:
        response = author.client.post(path, data=body, content_type=kind)
        assert response.status_code in {303, 400, 413, 422}, f"answered {response.status_code}"

    check()
    assert rows_of(app, Poll) == []


def test_a_search_of_any_text_is_answered(visitor: Browser) -> None:
    @often
    @given(search=st.one_of(ANYTHING, LONG), before=st.one_of(st.integers().map(str), ANYTHING))
    def check(search: str, before: str) -> None:
        found = visitor.client.get("/", query_string={"q": search})
        assert found.status_code == 200, "a search would break the page"
        older = visitor.client.get("/", query_string={"q": search, "before": before})
        assert older.status_code in {200, 404}

    check()


def test_a_registration_makes_only_accounts_within_the_limits(app: Flask, visitor: Browser) -> None:
    @often
    @given(email=EMAILS, name=st.one_of(ANYTHING, BLANK, LONG), password=PASSWORDS)
    def check(email: str, name: str, password: str) -> None:
        visitor.client.delete_cookie("session")
        fields = {"email": email, "name": name, "password": password}
        response = visitor.client.post("/register", data=fields)
        assert response.status_code in {303, 422}, f"answered {response.status_code}"
        seen.append(response.status_code)

    seen: list[int] = []
    check()
    made = rows_of(app, User)
    assert len(made) == seen.count(303), "a refused account would be there all the same"
    assert made, "only refusals were looked at"
    for user in made:
        assert user.email == user.email.lower()
        assert len(user.email) <= EMAIL_LENGTH
        assert not any(character.isspace() for character in user.email)
        assert 0 < len(user.name) <= NAME_LENGTH
        assert is_clean(user.name)
        assert password_hash_is_slow(user)


def password_hash_is_slow(user: User) -> bool:
    return (user.password_hash or "").startswith("$argon2id$")


def test_a_registration_by_mail_makes_no_account_and_no_second_line(
    make_app: Any, migrated: str, app: Flask
) -> None:
    mailing = make_app(migrated, mail_url="console:", mail_from="Polls <polls@example.org>")
    mailing.config["WTF_CSRF_ENABLED"] = False
    client = mailing.test_client()

    @often
    @given(email=EMAILS, name=st.one_of(ANYTHING, BLANK, LONG))
    def check(email: str, name: str) -> None:
        response = client.post("/register", data={"email": email, "name": name})
        assert response.status_code in {200, 422}, f"answered {response.status_code}"

    check()
    assert rows_of(app, User) == [], "somebody would own an address that is not theirs"
    mails = rows_of(app, Mail)
    assert mails, "only refusals were looked at"
    for mail in mails:
        assert not set(mail.recipient + mail.subject) & set("\r\n"), "headers could be added"
