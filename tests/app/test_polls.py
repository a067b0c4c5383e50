import re
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.polls import ballot
from app.polls.ballot import Outcome
from tests.app.browser import Browser
from tests.app.conftest import engine_of


def test_a_poll_is_created_and_listed(visitor: Browser, another: Browser) -> None:
    poll = visitor.open_poll("Tea or coffee?", "Tea", "Coffee", "", "Water")
    page = another.get(poll).text
    assert re.findall(r"<span>(\w+)</span>", page) == ["Tea", "Coffee", "Water"]
    assert "Tea or coffee?" in another.get("/").text, "others would not find the poll"


def test_two_visitors_are_counted_apart(visitor: Browser, another: Browser) -> None:
    poll = visitor.open_poll()
    assert visitor.vote(poll, "Tea").status_code == 303
    assert another.vote(poll, "Coffee").status_code == 303
    assert visitor.votes(poll) == [1, 1], "a vote would be lost"


def test_a_second_vote_is_refused_and_the_first_stays(visitor: Browser) -> None:
    poll = visitor.open_poll()
    page = visitor.get(poll).text
    token = re.findall(r'csrf_token" value="([^"]+)', page)[0]
    tea, coffee = re.findall(r'name="option" value="(\d+)"', page)
    visitor.client.post(f"{poll}/votes", data={"csrf_token": token, "option": tea})
    second = visitor.client.post(f"{poll}/votes", data={"csrf_token": token, "option": coffee})
    assert second.status_code == 409, "a visitor could vote as often as they like"
    assert "You have already voted" in second.text
    assert visitor.votes(poll) == [1, 0], "the second vote would be counted"


def test_votes_of_one_visitor_at_the_same_time_count_once(visitor: Browser, app: Flask) -> None:
    number = int(visitor.open_poll().rpartition("/")[2])
    engine = engine_of(app)
    same = uuid4()
    with Session(engine) as first, Session(engine) as second:
        poll = ballot.find(first, number)
        assert poll
        option = poll.options[0].id
        counted = [ballot.cast(session, poll, option, same) for session in (first, second)]
    assert counted == [Outcome.COUNTED, Outcome.REPEATED], "a double click would count twice"


def test_who_has_voted_sees_the_results_and_their_choice(visitor: Browser) -> None:
    poll = visitor.open_poll()
    visitor.vote(poll, "Coffee")
    page = visitor.get(poll).text
    assert 'name="option"' not in page, "a form that will be refused would be offered"
    assert re.search(r"Coffee <span class=\"mark\">your vote", page)
    assert re.search(r"1 vote</td>\s*<td class=\"percent\">100 %", page)


def test_a_vote_without_the_visitors_cookie_is_not_counted(visitor: Browser) -> None:
    poll = visitor.open_poll()
    page = visitor.get(poll).text
    token = re.findall(r'csrf_token" value="([^"]+)', page)[0]
    option = re.findall(r'name="option" value="(\d+)"', page)[0]
    visitor.client.delete_cookie("visitor")
    response = visitor.client.post(f"{poll}/votes", data={"csrf_token": token, "option": option})
    assert response.status_code == 303
    assert "Allow cookies" in visitor.get(response.location).text
    assert visitor.votes(poll) == [0, 0], "leaving out a cookie would be a way to vote for ever"


@pytest.mark.parametrize("forged", ["x", "1", "IjEi.x", f'"{"0" * 32}"', ""])
def test_a_forged_visitor_is_nobody(visitor: Browser, forged: str) -> None:
    poll = visitor.open_poll()
    visitor.get(poll)
    visitor.client.set_cookie("visitor", forged)
    assert visitor.get(poll).status_code == 200
    visitor.client.set_cookie("visitor", forged)
    response = visitor.client.post(f"{poll}/votes", data={})
    assert response.status_code == 400
    assert visitor.votes(poll) == [0, 0], "anybody could make up visitors"


@pytest.mark.parametrize("option", ["", "0", "-1", "x", "99999999999999999999999"])
def test_only_an_option_of_the_poll_can_be_chosen(visitor: Browser, option: str) -> None:
    poll = visitor.open_poll()
    response = visitor.submit(poll, f"{poll}/votes", {"option": option})
    assert response.status_code == 422
    assert "Choose one of the options." in response.text
    assert visitor.votes(poll) == [0, 0]


def test_an_option_of_another_poll_cannot_be_chosen(visitor: Browser) -> None:
    poll, other = visitor.open_poll(), visitor.open_poll("Bus or train?", "Bus", "Train")
    foreign = re.findall(r'name="option" value="(\d+)"', visitor.get(other).text)[0]
    response = visitor.submit(poll, f"{poll}/votes", {"option": foreign})
    assert response.status_code == 422
    assert visitor.votes(other) == [0, 0], "a vote would move to another poll"


@pytest.mark.parametrize(
    ("title", "labels", "message"),
    [
        ("", ("A", "B"), "Write the question"),
        ("  \u200b \u2003", ("A", "B"), "Write the question"),
        ("ab", ("A", "B"), "3 to 140 characters"),
        ("x" * 141, ("A", "B"), "3 to 140 characters"),
        ("Which one?", (), "at least 2 options"),
        ("Which one?", ("A",), "at least 2 options"),
        ("Which one?", ("A", " a "), "Two options are the same"),
        ("Which one?", ("A", "y" * 101), "at most 100 characters"),
    ],
)
def test_a_poll_that_makes_no_sense_is_refused_and_shown_again(
    visitor: Browser, title: str, labels: tuple[str, ...], message: str
) -> None:
    response = visitor.author.create(title, *labels)
    assert response.status_code == 422
    assert message in response.text, "the author would not know what to change"
    assert all(f'value="{label.strip()}"' in response.text for label in labels), (
        "the author would have to type again"
    )
    assert "There are no polls yet" in visitor.get("/").text


def test_the_longest_allowed_poll_is_kept_whole(visitor: Browser) -> None:
    labels = [str(number) + "ü" * 99 for number in range(10)]
    poll = visitor.open_poll("ß" * 140, *labels)
    page = visitor.get(poll).text
    assert "ß" * 140 in page
    assert all(label in page for label in labels)


def test_more_options_are_offered_without_losing_what_was_written(visitor: Browser) -> None:
    fields = {"title": "Which?", "options-0": "One", "more": "1"}
    fields |= {f"options-{number}": "" for number in range(1, 4)}
    page = visitor.author.submit("/polls/new", "/polls", fields).text
    assert len(re.findall(r'name="options-\d+"', page)) == 6
    assert 'value="One"' in page
    fields |= {f"options-{number}": "" for number in range(4, 10)}
    page = visitor.author.submit("/polls/new", "/polls", fields).text
    assert len(re.findall(r'name="options-\d+"', page)) == 10
    assert "Add options" not in page, "the eleventh option would be offered and then lost"


def test_markup_in_a_poll_is_shown_as_text(visitor: Browser) -> None:
    poll = visitor.open_poll("<script>alert(1)</script>", "<b>A</b>", '"><img src=x>')
    for page in ("/", poll, f"{poll}/results"):
        text = visitor.get(page).text
        assert "<script>" not in text, "a poll could run code in others' browsers"
        assert "<b>" not in text
        assert "<img src=x" not in text


def test_old_polls_are_reached_by_pages(visitor: Browser, app: Flask) -> None:
    with Session(engine_of(app)) as session:
        for number in range(ballot.PAGE_SIZE + 2):
            ballot.create(session, f"Poll number {number:02}", ["Tea", "Coffee"])
    first = visitor.get("/").text
    assert "Poll number 02" in first
    assert "Poll number 01" not in first, "the list would grow without bounds"
    older = re.findall(r'href="(/\?before=\d+)"', first)[0]
    second = visitor.get(older).text
    assert re.findall(r"Poll number \d+", second) == ["Poll number 01", "Poll number 00"]


@pytest.mark.parametrize(
    "path",
    ["/polls/1000000", "/polls/0", "/polls/9223372036854775808", "/polls/x", "/polls/-1", "/x"],
)
def test_an_unknown_address_is_not_found(visitor: Browser, path: str) -> None:
    assert visitor.get(path).status_code == 404
    assert visitor.get(f"{path}/results").status_code == 404


@pytest.mark.parametrize("before", ["0", "-5", "9223372036854775808"])
def test_a_page_before_the_first_poll_is_not_found(visitor: Browser, before: str) -> None:
    assert visitor.get(f"/?before={before}").status_code == 404
