"""Limits on how often something may be asked for."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from werkzeug.test import TestResponse

from app.database import db
from app.security.limits import first_in, limiter
from app.security.models import RateCount
from tests.app.browser import TOKEN, Browser
from tests.app.people import EMAIL, PASSWORD, make_user

WRONG = "a wrong password"
MakeApp = Callable[..., Flask]


def sign_in_from(browser: Browser, address: str, email: str, password: str = WRONG) -> TestResponse:
    given = {"REMOTE_ADDR": address}
    found = TOKEN.search(browser.client.get("/sign-in", environ_base=given).text)
    assert found
    fields = {"csrf_token": found[1], "email": email, "password": password}
    return browser.client.post("/sign-in", data=fields, environ_base=given)


def counts(app: Flask) -> list[RateCount]:
    with app.app_context():
        return list(db.session.scalars(select(RateCount)))


def test_one_address_may_try_twenty_sign_ins_a_minute_in_all_processes_together(
    app: Flask, make_app: MakeApp, migrated: str
) -> None:
    processes = [Browser(app), Browser(make_app(migrated))]
    for number in range(20):
        response = sign_in_from(processes[number % 2], "192.0.2.1", f"ada{number}@example.org")
        assert response.status_code == 422
    assert max(row.hits for row in counts(app)) == 20, "each process would count for itself"
    refused = sign_in_from(processes[0], "192.0.2.1", "new@example.org")
    assert refused.status_code == 429, "one machine could try as many accounts as it likes"
    assert 1 <= int(refused.headers["Retry-After"]) <= 61
    assert sign_in_from(processes[1], "192.0.2.1", EMAIL).status_code == 429
    assert sign_in_from(processes[1], "192.0.2.2", EMAIL).status_code == 422
    assert processes[0].get("/sign-in").status_code == 200, "reading a page is no attempt"


def test_one_account_may_be_tried_ten_times_from_everywhere_together(
    app: Flask, visitor: Browser
) -> None:
    make_user(app)
    written = [EMAIL, "ADA@example.org", " ada@EXAMPLE.org ", "ada@ⓔxample.org"]
    for number in range(10):
        response = sign_in_from(visitor, f"192.0.2.{number}", written[number % len(written)])
        assert response.status_code == 422
    refused = sign_in_from(visitor, "198.51.100.1", EMAIL, PASSWORD)
    assert refused.status_code == 429, "many machines together could try a password list"
    wait_seconds = int(refused.headers["Retry-After"])
    assert 800 < wait_seconds <= 901, "who comes back when told to would be refused again"
    other = sign_in_from(visitor, "198.51.100.1", "eve@example.org")
    assert other.status_code == 422, "one account's limit would lock out everybody"


@pytest.mark.parametrize("page", ["/register", "/forgotten"])
def test_forms_that_send_mail_are_limited(
    app: Flask, make_app: MakeApp, migrated: str, page: str
) -> None:
    browser = Browser(make_app(migrated, mail_url="console:"))
    fields = {"email": EMAIL, "name": "Ada"}
    answers = [browser.submit(page, page, fields).status_code for _ in range(6)]
    assert answers == [200] * 5 + [429], "anybody could fill somebody's mailbox"


def test_a_mailbox_is_not_filled_by_many_machines_on_several_pages(
    app: Flask, make_app: MakeApp, migrated: str
) -> None:
    machine = Browser(make_app(migrated, mail_url="console:"))
    answers = []
    for number in range(6):
        machine.client.environ_base["REMOTE_ADDR"] = f"192.0.2.{number}"
        page = ("/register", "/forgotten")[number % 2]
        fields = {"email": EMAIL, "name": "Ada"}
        answers.append(machine.submit(page, page, fields).status_code)
    assert answers == [200] * 5 + [429]


def test_a_password_cannot_be_guessed_at_an_open_browser(app: Flask, visitor: Browser) -> None:
    make_user(app)
    sign_in_from(visitor, "127.0.0.1", EMAIL, PASSWORD)
    pages = {"/account/password": "current", "/account/delete": "password"}
    answers = [
        visitor.submit(page, page, {field: "a guess"}).status_code
        for _ in range(6)
        for page, field in pages.items()
    ]
    assert answers == [422] * 10 + [429] * 2


def test_what_is_stored_and_logged_names_neither_address_nor_account(
    app: Flask, visitor: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    for _ in range(11):
        sign_in_from(visitor, "192.0.2.77", EMAIL)
    kept = " ".join(row.key for row in counts(app)) + caplog.text
    assert "exceeded" in caplog.text, "nobody could see from the log that a limit was reached"
    for personal in ("192.0.2.77", EMAIL, "ada"):
        assert personal not in kept, f"{personal} would be kept longer than the request"


def test_a_request_needs_one_connection_for_its_limit_and_its_work(
    app: Flask, make_app: MakeApp, migrated: str
) -> None:
    make_user(app)
    narrow = Browser(make_app(migrated, threads=1))
    response = sign_in_from(narrow, "192.0.2.1", EMAIL, PASSWORD)
    assert response.status_code == 303, "under load each thread would wait for another's connection"
    assert narrow.submit("/account", "/account/name", {"name": "A"}).status_code == 303


def test_a_limit_that_cannot_be_counted_lets_people_pass(app: Flask, visitor: Browser) -> None:
    make_user(app)
    with app.app_context():
        db.session.execute(text("ALTER TABLE rate_counts RENAME TO elsewhere"))
        db.session.commit()
    try:
        response = sign_in_from(visitor, "192.0.2.1", EMAIL, PASSWORD)
    finally:
        with app.app_context():
            db.session.execute(text("ALTER TABLE elsewhere RENAME TO rate_counts"))
            db.session.commit()
    assert response.status_code == 303, "a fault of the counts would lock everybody out"


def test_a_window_that_is_over_begins_anew(app: Flask, visitor: Browser) -> None:
    for _ in range(11):
        response = sign_in_from(visitor, "192.0.2.1", EMAIL)
    assert response.status_code == 429
    with app.app_context():
        over = datetime.now(UTC) - timedelta(seconds=1)
        db.session.execute(update(RateCount).values(ends_at=over))
        db.session.commit()
    assert sign_in_from(visitor, "192.0.2.1", EMAIL).status_code == 422


def test_the_first_of_many_at_once_is_one(app: Flask) -> None:
    def ask(_number: int) -> bool:
        with app.app_context():
            return first_in("error:ValueError", 3600)

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(ask, range(8))) == 1, "one fault would send a mail for each request"
    with app.app_context():
        assert first_in("error:KeyError", 3600)
        assert first_in("x" * 1000, 3600), "a long name does not fit into the column"


def test_counts_can_be_asked_and_cleared_as_the_library_does(app: Flask) -> None:
    with app.app_context():
        storage = limiter.limiter.storage
        assert (storage.get("k"), storage.check()) == (0, True)
        assert [storage.incr("k", 60), storage.incr("k", 60, 2), storage.incr("l", 60)] == [1, 3, 1]
        assert storage.get("k") == 3
        remaining = storage.get_expiry("k") - datetime.now(UTC).timestamp()
        assert 50 < remaining < 70
        storage.clear("k")
        assert (storage.get("k"), storage.get("l")) == (0, 1)
        assert storage.reset() == 1
