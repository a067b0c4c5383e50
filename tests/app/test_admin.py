"""The administrator's pages."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts import registry, roster
from app.accounts.models import Role, User
from app.accounts.roster import LastAdministratorError
from app.database import db
from app.jobs import failed
from app.jobs.models import FailedJob
from app.polls import ballot
from tests.app.browser import Browser
from tests.app.people import PASSWORD, make_user, sign_in

ADMIN = "admin@example.org"
PAGES = ["/admin/", "/admin/users", "/admin/users/new", "/admin/polls", "/admin/jobs"]


@pytest.fixture
def admin(app: Flask, visitor: Browser) -> int:
    number = make_user(app, ADMIN, role=Role.ADMINISTRATOR, name="Grace")
    sign_in(visitor, ADMIN)
    return number


def fail_job(app: Flask, job_id: str = "j1") -> int:
    with app.app_context():
        failed.record(
            db.session,
            job_id=job_id,
            task="media.make_thumbnail",
            arguments=[7],
            error="OSError: <disk> full",
            attempts=5,
        )
        db.session.commit()
        return db.session.scalars(select(FailedJob.id).where(FailedJob.job_id == job_id)).one()


def user(app: Flask, number: int) -> User:
    with app.app_context():
        return db.session.get_one(User, number)


def test_every_page_and_action_is_for_administrators_alone(
    app: Flask, visitor: Browser, another: Browser
) -> None:
    make_user(app)
    sign_in(another)
    checked = 0
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/admin"):
            continue
        path = re.sub(r"<[^>]+>", "1", rule.rule)
        for method in (rule.methods or set()) & {"GET", "POST"}:
            if method == "GET":
                answers = (visitor.get(path), another.get(path))
            else:
                fields = {"role": "administrator", "email": "x@example.org", "name": "X"}
                answers = (
                    visitor.submit("/sign-in", path, fields),
                    another.submit("/account", path, fields),
                )
            stranger, author = answers
            assert stranger.location.startswith("/sign-in"), f"a stranger sees {method} {path}"
            assert author.status_code == 403, f"an author may {method} {path}"
            checked += 1
    assert checked >= 15, "the test would pass without checking anything"
    with app.app_context():
        assert [u.role for u in db.session.scalars(select(User))] == ["author"]


@pytest.mark.parametrize("page", PAGES)
def test_an_administrator_sees_every_page(visitor: Browser, admin: int, page: str) -> None:
    assert visitor.get(page).status_code == 200


def test_the_first_page_has_the_numbers(visitor: Browser, admin: int, app: Flask) -> None:
    with app.app_context():
        ballot.create(db.session, "Tea?", ["Yes", "No"])
    fail_job(app)
    page = re.sub(r"\s+", " ", visitor.get("/admin/").text)
    for line in ('Accounts</th><td class="number">1', 'Polls</th><td class="number">1'):
        assert line in page
    assert 'Failed jobs</th><td class="number">1' in page
    assert 'Jobs in the queue</th><td class="number">not known' in page, "no broker is set"


def test_accounts_are_searched_and_paged(
    visitor: Browser, admin: int, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roster, "PAGE_SIZE", 2)
    for name in ("Ada", "Alan", "Al%n"):
        make_user(app, f"{name.replace('%', 'x').lower()}@example.org", name=name)
    first = visitor.get("/admin/users").text
    assert "Al%n" in first
    assert "Ada" not in first
    older = re.search(r'class="next" href="([^"]+)"', first)
    assert older
    assert "Ada" in visitor.get(older[1]).text
    found = visitor.get("/admin/users?q=al%25").text
    assert "Al%n" in found
    assert "Alan" not in found, "a sign of the database's own would match everything"
    assert "ada@example.org" in visitor.get("/admin/users?q=ADA@").text
    assert "matches this search" in visitor.get("/admin/users?q=%00nobody").text
    for before in ("0", "-1", str(2**63)):
        assert visitor.get(f"/admin/users?before={before}").status_code == 404


def test_roles_are_given_and_taken_with_effect_at_once(
    visitor: Browser, another: Browser, admin: int, app: Flask
) -> None:
    ada = make_user(app)
    sign_in(another)
    role = f"/admin/users/{ada}/role"
    assert visitor.submit("/admin/users", role, {"role": "administrator"}).status_code == 303
    assert another.get("/admin/").status_code == 200
    assert visitor.submit("/admin/users", role, {"role": "author"}).status_code == 303
    assert another.get("/admin/").status_code == 403, "the right would last as long as the session"
    assert visitor.submit("/admin/users", role, {"role": "king"}).status_code == 400
    nobody = f"/admin/users/{2**62}/role"
    assert visitor.submit("/admin/users", nobody, {"role": "author"}).status_code == 404


def test_an_account_is_disabled_and_enabled(
    visitor: Browser, admin: int, app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    ada = make_user(app)
    visitor.submit("/admin/users", f"/admin/users/{ada}/disable", {})
    assert user(app, ada).disabled_at is not None
    assert f"Account {ada} can no longer sign in." in caplog.messages, "nobody could see who did it"
    assert "disabled" in visitor.get("/admin/users").text
    visitor.submit("/admin/users", f"/admin/users/{ada}/enable", {})
    assert user(app, ada).disabled_at is None


@pytest.mark.parametrize(("action", "fields"), [("role", {"role": "author"}), ("disable", {})])
def test_the_last_administrator_stays_one(
    visitor: Browser, admin: int, app: Flask, action: str, fields: dict[str, str]
) -> None:
    off = make_user(app, "off@example.org", role=Role.ADMINISTRATOR)
    with app.app_context():
        roster.disable(db.session, off)
    response = visitor.submit("/admin/users", f"/admin/users/{admin}/{action}", fields)
    assert response.status_code == 303
    assert "last administrator" in visitor.get("/admin/users").text
    assert visitor.get("/admin/").status_code == 200, "nobody could look after the site any more"


def test_two_administrators_who_take_each_others_rights_leave_one(app: Flask) -> None:
    pair = [make_user(app, f"{name}@example.org", role=Role.ADMINISTRATOR) for name in "ab"]

    def demote(number: int) -> bool:
        with app.app_context():
            try:
                return roster.set_role(db.session, number, Role.AUTHOR) is not None
            except LastAdministratorError:
                return False

    for _ in range(5):
        with ThreadPoolExecutor(2) as threads:
            assert sorted(threads.map(demote, pair)) == [False, True], "both would be gone"
        with app.app_context():
            for number in pair:
                roster.set_role(db.session, number, Role.ADMINISTRATOR)


def test_an_account_made_by_an_administrator_gets_its_password_by_a_link(
    visitor: Browser, another: Browser, admin: int, app: Flask
) -> None:
    page = "/admin/users/new"
    made = visitor.submit(page, page, {"email": "Ada@example.org", "name": "Ada"})
    assert made.status_code == 201
    link = re.search(r"<code>http://localhost(/reset[^<]+)</code>", made.text)
    assert link, "its owner could never sign in"
    assert another.submit(link[1], link[1], {"password": PASSWORD}).status_code == 303
    sign_in(another)
    assert (
        visitor.submit(page, page, {"email": "ada@example.org", "name": "Eve"}).status_code == 422
    )
    with app.app_context():
        ada = registry.find_by_email(db.session, "ada@example.org")
    assert ada is not None
    again = visitor.submit("/admin/users", f"/admin/users/{ada.id}/link", {})
    assert "/reset?token=" in again.text, "without mail nobody could help who forgot a password"


def test_polls_are_searched_closed_and_deleted_after_a_question(
    visitor: Browser, admin: int, app: Flask
) -> None:
    with app.app_context():
        poll = ballot.create(db.session, "Tea & <coffee>?", ["Yes", "No"])
        ballot.create(db.session, "Bread?", ["Yes", "No"])
    found = visitor.get("/admin/polls?q=tea").text
    assert "Tea &amp; &lt;coffee&gt;?" in found
    assert "Bread" not in found
    assert visitor.submit("/admin/polls", f"/admin/polls/{poll.id}/close", {}).status_code == 303
    with app.app_context():
        kept = ballot.find(db.session, poll.id)
    assert kept is not None
    assert kept.closed_at is not None
    page = f"/admin/polls/{poll.id}/delete"
    assert "0 votes" in visitor.get(page).text
    assert visitor.submit(page, page, {}).status_code == 303
    assert visitor.get(page).status_code == 404


def test_a_failed_job_is_shown_retried_and_forgotten(
    visitor: Browser, admin: int, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = fail_job(app)
    assert "OSError: &lt;disk&gt; full" in visitor.get("/admin/jobs").text
    visitor.submit("/admin/jobs", f"/admin/jobs/{number}/retry", {})
    assert "queue cannot be reached" in visitor.get("/admin/jobs").text, "no broker is set here"
    retried: list[int] = []

    def retry(job: int) -> bool:
        retried.append(job)
        return True

    monkeypatch.setattr(failed, "retry", retry)
    visitor.submit("/admin/jobs", f"/admin/jobs/{number}/retry", {})
    assert retried == [number]
    assert "sent to the worker again" in visitor.get("/admin/jobs").text
    visitor.submit("/admin/jobs", f"/admin/jobs/{number}/forget", {})
    assert "OSError" not in visitor.get("/admin/jobs").text
    assert visitor.submit("/admin/", f"/admin/jobs/{number}/forget", {}).status_code == 404
