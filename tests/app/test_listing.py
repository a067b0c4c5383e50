"""Finding polls: search, pages, one's own."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.polls import ballot
from app.polls.forms import SEARCH_LENGTH
from tests.app.browser import Browser
from tests.app.conftest import engine_of
from tests.app.people import make_user, sign_in

TITLE = re.compile(r'<h2><a href="[^"]+">([^<]*)</a>')
NEXT = re.compile(r'href="([^"]+)" rel="next"')
TITLES = ("Tea or coffee?", "Which TEA is best?", "100% or 50_50?", "Bus or train?")


@pytest.fixture
def polls(app: Flask) -> list[int]:
    """Their ids in the order of TITLES, of which the last is the newest."""
    with Session(engine_of(app)) as session:
        return [ballot.create(session, title, ["Yes", "No"]).id for title in TITLES]


def found(browser: Browser, path: str) -> list[str]:
    response = browser.get(path)
    assert response.status_code == 200, f"{path} would not be answered: {response.text}"
    return [unescape(title) for title in TITLE.findall(response.text)]


@pytest.mark.usefixtures("polls")
@pytest.mark.parametrize(
    ("words", "titles"),
    [
        ("tea", ["Which TEA is best?", "Tea or coffee?"]),
        ("  coffee  TEA ", ["Tea or coffee?"]),
        ("%25", ["100% or 50_50?"]),
        ("0_5", ["100% or 50_50?"]),
        ("te_", []),
        ("\\", []),
        ("%00%1b", list(reversed(TITLES))),
        ("%ff", []),
        ("x" * 5000, []),
        ("a " * 5000, ["Bus or train?", "Which TEA is best?", "Tea or coffee?"]),
    ],
)
def test_a_search_finds_the_polls_with_all_its_words(
    visitor: Browser, words: str, titles: list[str]
) -> None:
    assert found(visitor, f"/?q={words}") == titles


def test_the_words_stay_in_the_field_and_in_the_links(visitor: Browser, app: Flask) -> None:
    with Session(engine_of(app)) as session:
        for number in range(ballot.PAGE_SIZE + 1):
            ballot.create(session, f"Number {number}", ["Yes", "No"])
            ballot.create(session, f"Something else {number}", ["Yes", "No"])
    page = visitor.get("/?q=number").text
    assert 'value="number"' in page
    older = unescape(NEXT.findall(page)[0])
    assert found(visitor, older) == ["Number 0"], "the second page would be of all polls"
    assert 'href="/?q=number"' in visitor.get(older).text, "the way back would lose the search"


def test_a_search_without_a_result_says_so_and_shows_markup_as_text(visitor: Browser) -> None:
    page = visitor.get("/?q=<b>tea</b>").text
    assert "No question has “&lt;b&gt;tea&lt;/b&gt;” in it." in page
    assert "<b>" not in page, "a link could run code in others' browsers"
    assert f'maxlength="{SEARCH_LENGTH}"' in page


def test_polls_made_meanwhile_move_nothing_to_the_next_page(visitor: Browser, app: Flask) -> None:
    with Session(engine_of(app)) as session:
        for number in range(ballot.PAGE_SIZE + 3):
            ballot.create(session, f"Number {number:02}", ["Yes", "No"])
        first = visitor.get("/").text
        ballot.create(session, "Made meanwhile", ["Yes", "No"])
    second = found(visitor, unescape(NEXT.findall(first)[0]))
    assert second == ["Number 02", "Number 01", "Number 00"], "a poll would be seen twice"


def test_the_list_tells_open_polls_from_closed_ones(
    visitor: Browser, app: Flask, polls: list[int]
) -> None:
    with engine_of(app).begin() as connection:
        close = "UPDATE polls SET closed_at = now() WHERE id = :id"
        connection.execute(text(close), {"id": polls[0]})
        # Its time has come, and the worker not yet.
        due = "UPDATE polls SET closes_at = now() WHERE id = :id"
        connection.execute(text(due), {"id": polls[1]})
    marks = re.findall(r'class="mark[^>]*>(\w+)<', visitor.get("/").text)
    assert marks == ["open", "open", "closed", "closed"], "visitors would come in vain"


@pytest.mark.usefixtures("polls")
def test_authors_see_their_own_polls_apart(visitor: Browser, another: Browser, app: Flask) -> None:
    visitor.open_poll("By somebody else?")
    make_user(app)
    sign_in(another)
    assert "You have no polls yet" in another.get("/polls/mine").text
    another.create("My own question?", "Yes", "No")
    assert found(another, "/polls/mine") == ["My own question?"]
    assert "by Ada" in visitor.get("/").text


def test_who_is_not_signed_in_has_no_polls_of_their_own(visitor: Browser) -> None:
    response = visitor.get("/polls/mine")
    assert response.status_code == 303
    assert response.location == "/sign-in?next=/polls/mine"
