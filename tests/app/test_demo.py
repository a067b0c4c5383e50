"""`flask seed-demo`: a site to look at."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from app import demo
from tests.app.browser import Browser
from tests.app.conftest import engine_of
from tests.app.people import sign_in

# Enough for one of each kind, with and without a picture.
FEW = tuple(demo.QUESTIONS[number] for number in (0, 2, 13))


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "QUESTIONS", FEW)


def seed(app: Flask, *options: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["seed-demo", *options])
    return result.exit_code, result.output


def rows(app: Flask) -> dict[str, int]:
    with engine_of(app).connect() as connection:
        return {
            table: connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0
            for table in ("users", "polls", "votes", "pictures")
        }


def test_the_demonstration_has_polls_of_every_kind(
    app: Flask, make_app: Callable[..., Flask], migrated: str, tmp_path: Path
) -> None:
    site = make_app(migrated, default_storage_dsn=f"file://{tmp_path}/media")
    code, output = seed(site)
    assert code == 0, output
    browser = Browser(site)
    page = browser.get("/").text
    polls = dict(re.findall(r'<h2><a href="(/polls/\d+)">([^<]+)', page))
    assert list(polls.values()) == [question.title for question in FEW]
    assert re.findall(r'class="mark[^>]*>(\w+)<', page) == ["open", "open", "closed"]
    pictured, timed, closed = polls
    assert re.search(r'<img src="/media/[^"]+-small\.webp', browser.get(pictured).text)
    assert "Voting ends on" in browser.get(timed).text
    assert "This result is final" in browser.get(closed).text
    assert min(sum(browser.votes(poll)) for poll in polls) >= 12


def test_the_authors_sign_in_with_the_passwords_that_are_printed(app: Flask) -> None:
    _, output = seed(app)
    [(email, password), *_] = re.findall(r"(\S+) signs in with the password (\S+)", output)
    browser = Browser(app)
    sign_in(browser, email, password)
    assert FEW[0].title in browser.get("/polls/mine").text


def test_seeding_again_changes_nothing(app: Flask) -> None:
    seed(app)
    before = rows(app)
    code, output = seed(app)
    assert code == 0
    assert f"Polls: 0 made, {len(FEW)} there already." in output
    assert rows(app) == before, "the list would fill up with copies"
    with engine_of(app).begin() as connection:
        connection.execute(text("DELETE FROM polls WHERE title = :it"), {"it": FEW[1].title})
    seed(app)
    assert rows(app)["polls"] == before["polls"], "what is missing would stay away"


@pytest.mark.parametrize("stage", ["prod", "production"])
def test_production_is_left_alone_unless_it_is_meant(
    app: Flask, make_app: Callable[..., Flask], migrated: str, stage: str
) -> None:
    site = make_app(migrated, app_env=stage)
    code, output = seed(site)
    assert code == 1
    assert "flask seed-demo --yes" in output
    assert set(rows(app).values()) == {0}, "made-up polls would stand beside real ones"
    code, _ = seed(site, "--yes")
    assert code == 0
    assert rows(app)["polls"] == len(FEW)
