"""How somebody gets an account, and a password when it is forgotten."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from flask import Flask
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from app.accounts import registry
from app.accounts.models import User
from app.database import db
from app.mail.models import Mail
from tests.app.browser import TOKEN, Browser
from tests.app.people import EMAIL, PASSWORD, make_user, sign_in

NEW_PASSWORD = "staple battery horse correct"
LINK = re.compile(r"http://localhost(/\S+\?token=\S+)")
Register = Callable[..., TestResponse]


@pytest.fixture
def mailing(make_app: Callable[..., Flask], migrated: str, app: Flask) -> Flask:
    """The application of `app`, where it sends mail."""
    return make_app(migrated, mail_url="console:")


@pytest.fixture
def reader(mailing: Flask) -> Browser:
    return Browser(mailing)


def mails(app: Flask) -> list[Mail]:
    with app.app_context():
        return list(db.session.scalars(select(Mail).order_by(Mail.id)))


def link_of(app: Flask) -> str:
    found = LINK.search(mails(app)[-1].body)
    assert found, "the mail holds no link: nobody could go on"
    return found[1]


def count_users(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(User)) or 0


def register(browser: Browser, email: str = EMAIL, name: str = "Ada", **more: str) -> TestResponse:
    return browser.submit("/register", "/register", {"email": email, "name": name, **more})


def test_without_mail_an_account_is_made_at_once(visitor: Browser, app: Flask) -> None:
    response = register(visitor, password=PASSWORD)
    assert response.status_code == 303, response.text
    assert "Welcome" in visitor.get(response.location).text
    assert visitor.get("/account").status_code == 200


def test_without_mail_a_taken_address_is_told(visitor: Browser, app: Flask) -> None:
    make_user(app)
    response = register(visitor, " Ada@EXAMPLE.org", password=PASSWORD)
    assert response.status_code == 422
    assert "There is an account with this address" in response.text
    assert count_users(app) == 1, "one person would have two accounts"


def test_with_mail_the_account_is_made_by_the_link_alone(reader: Browser, mailing: Flask) -> None:
    response = register(reader)
    assert "Look into your mail" in response.text
    assert count_users(mailing) == 0, "anybody could take the address of somebody else"
    link = link_of(mailing)
    made = reader.submit(link, link, {"password": PASSWORD})
    assert made.status_code == 303, made.text
    assert reader.get("/account").status_code == 200
    again = reader.submit(link, link, {"password": NEW_PASSWORD})
    assert again.location == "/sign-in", "a link would set the password of an account that exists"
    sign_in(Browser(mailing))


def test_a_taken_address_answers_the_same_page_and_its_owner_is_told(
    reader: Browser, mailing: Flask
) -> None:
    unknown = register(reader)
    make_user(mailing)
    known = register(reader)
    assert (unknown.status_code, unknown.text) == (known.status_code, known.text), (
        "the answer tells which addresses have an account"
    )
    first, second = mails(mailing)
    assert "token=" in first.body
    assert second.recipient == EMAIL
    assert "You have one already" in second.body
    assert "token=" not in second.body


def test_a_name_cannot_become_a_header_or_a_line_of_the_mail(
    reader: Browser, mailing: Flask
) -> None:
    register(reader, name="Ada\r\nBcc: x@example.org\r\n\r\nBuy")
    assert "Hello Ada Bcc: x@example.org Buy," in mails(mailing)[0].body


def test_a_site_that_is_closed_to_newcomers_takes_nobody(
    make_app: Callable[..., Flask], migrated: str, app: Flask
) -> None:
    closed = Browser(make_app(migrated, allow_registration=False))
    assert closed.get("/register").status_code == 404
    token = closed.submit("/sign-in", "/register", {"email": EMAIL, "password": PASSWORD})
    assert token.status_code == 404, "the form is hidden, but an account could be made"


def forgotten(browser: Browser, email: str = EMAIL) -> TestResponse:
    return browser.submit("/forgotten", "/forgotten", {"email": email})


def test_a_forgotten_password_is_replaced_by_a_link_once(
    reader: Browser, another: Browser, mailing: Flask
) -> None:
    make_user(mailing)
    sign_in(another)
    assert "Look into your mail" in forgotten(reader).text
    link = link_of(mailing)
    changed = reader.submit(link, link, {"password": NEW_PASSWORD})
    assert changed.location == "/sign-in", changed.text
    assert another.get("/account").status_code == 303, "a thief of the session would stay in"
    assert reader.get(link).location == "/forgotten", "who reads the mail later would get in"
    sign_in(reader, password=NEW_PASSWORD)
    assert "has been changed" in mails(mailing)[-1].body, "the owner would not learn of it"


def test_the_owner_is_told_of_every_change_of_the_password(reader: Browser, mailing: Flask) -> None:
    make_user(mailing)
    sign_in(reader)
    fields = {"current": PASSWORD, "password": NEW_PASSWORD}
    reader.submit("/account/password", "/account/password", fields)
    told = [(mail.recipient, mail.subject) for mail in mails(mailing)]
    assert told == [(EMAIL, "Your password was changed")]


def test_of_two_uses_of_a_link_at_once_one_counts(mailing: Flask) -> None:
    make_user(mailing)
    with mailing.app_context():
        user = db.session.scalars(select(User)).one()
        db.session.expunge(user)
        assert registry.change_password(db.session, db.session.merge(user, load=False), PASSWORD)
        db.session.expunge_all()
        late = db.session.merge(user, load=False)
        assert not registry.change_password(db.session, late, NEW_PASSWORD), (
            "the second of two would win, and nobody would know which password holds"
        )


def test_a_forgotten_password_of_nobody_looks_the_same_and_sends_nothing(
    reader: Browser, mailing: Flask
) -> None:
    known = forgotten(reader)
    make_user(mailing)
    unknown = forgotten(reader)
    assert (known.status_code, known.text) == (unknown.status_code, unknown.text), (
        "the answer tells which addresses have an account"
    )
    assert [mail.recipient for mail in mails(mailing)] == [EMAIL]


def test_links_are_written_for_nobody_as_well_so_that_time_tells_nothing(
    reader: Browser, mailing: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    monkeypatch.setattr(
        "app.accounts.letters.write", lambda _session, *, recipient, **_: written.append(recipient)
    )
    forgotten(reader)
    assert written == [EMAIL], "an unknown address would be answered sooner than a known one"


@pytest.mark.parametrize(
    ("page", "purpose", "seconds"),
    [("/reset", "reset", 3601), ("/register/finish", "register", 86_401)],
)
def test_a_link_is_good_for_its_time_and_for_its_purpose(
    reader: Browser,
    mailing: Flask,
    monkeypatch: pytest.MonkeyPatch,
    page: str,
    purpose: str,
    seconds: int,
) -> None:
    number = make_user(mailing)
    values = [number, 0] if purpose == "reset" else ["new@example.org", "New"]
    signer = URLSafeTimedSerializer(mailing.config["SECRET_KEY"], salt=f"accounts:{purpose}")
    token = signer.dumps(values)
    assert reader.get(f"{page}?token={token}").status_code == 200
    other = URLSafeTimedSerializer(mailing.config["SECRET_KEY"], salt="accounts:other")
    assert reader.get(f"{page}?token={other.dumps(values)}").status_code == 303
    assert reader.get(f"{page}?token={token[:-2]}").status_code == 303
    assert reader.get(page).status_code == 303
    later = time.time() + seconds
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _self: int(later))
    late = reader.get(f"{page}?token={token}")
    assert late.status_code == 303, "a link found in an old mailbox would still be good"


def test_a_link_of_a_disabled_account_is_no_good(reader: Browser, mailing: Flask) -> None:
    make_user(mailing)
    forgotten(reader)
    link = link_of(mailing)
    with mailing.app_context():
        db.session.execute(update(User).values(disabled_at=User.created_at))
        db.session.commit()
    assert reader.get(link).status_code == 303, "who was shut out would let themselves in"
    assert forgotten(reader).status_code == 200
    assert len(mails(mailing)) == 1, "a disabled account would get a link"


def forgotten_at(browser: Browser, site: str) -> TestResponse:
    """As `forgotten`, from a visitor who calls the site by another name."""
    found = TOKEN.search(browser.client.get("/forgotten", base_url=site).text)
    assert found
    fields = {"csrf_token": found[1], "email": EMAIL}
    return browser.client.post("/forgotten", base_url=site, data=fields)


def test_links_lead_to_the_name_of_the_site_whatever_name_a_visitor_asked_for(
    make_app: Callable[..., Flask], migrated: str, app: Flask
) -> None:
    named = make_app(migrated, mail_url="console:", domain="polls.example.org")
    make_user(named)
    browser = Browser(named)
    forgotten_at(browser, "http://polls.example.org")
    assert "http://polls.example.org/reset?token=" in mails(named)[-1].body


def test_without_a_name_of_its_own_a_stranger_cannot_choose_where_links_lead(
    reader: Browser, mailing: Flask
) -> None:
    make_user(mailing)
    assert forgotten_at(reader, "http://evil.example").status_code == 421
    assert mails(mailing) == [], "the victim's link would lead to the attacker's server"


def test_a_site_without_mail_says_so(visitor: Browser, app: Flask) -> None:
    assert "sends no mail" in visitor.get("/forgotten").text
