"""The API: who may do what, how often, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask

from app.accounts.models import Role, User
from app.api import bearer
from app.database import db
from app.media import pictures
from app.polls import ballot
from tests.app.browser import Browser
from tests.app.drawings import drawing
from tests.app.people import make_user, sign_in
from tests.app.program import API, TEA, Program, program_of, refused


@pytest.fixture
def stranger(app: Flask) -> Program:
    return Program(app)


@pytest.fixture
def author(app: Flask) -> Program:
    return program_of(app)


@pytest.fixture
def other(app: Flask) -> Program:
    return program_of(app, "grace@example.org")


@pytest.fixture
def administrator(app: Flask) -> Program:
    return program_of(app, "root@example.org", Role.ADMINISTRATOR)


def test_a_poll_has_a_life_by_api(author: Program, other: Program, stranger: Program) -> None:
    made = author.post(f"{API}/polls", TEA | {"open_for_seconds": 3600})
    assert made.status_code == 201
    poll = stranger.read(made.headers["Location"])
    assert poll["title"] == "Tea or coffee?"
    assert poll["author"] == "Ada"
    assert poll["closes_at"] is not None
    assert (poll["is_open"], poll["is_mine"]) == (True, False)
    tea, coffee = (option["id"] for option in poll["options"])
    assert author.post(f"{poll['url']}/votes", {"option_id": tea}).status_code == 201
    voted = other.post(f"{poll['url']}/votes", {"option_id": coffee})
    assert voted.status_code == 201
    mine = other.read(f"{poll['url']}/results")
    assert (mine["votes"], mine["my_option_id"]) == (2, coffee)
    closed = author.post(f"{poll['url']}/close")
    assert closed.status_code == 200
    assert author.post(f"{poll['url']}/close").status_code == 200, "a repeated close would fail"
    results = stranger.read(f"{poll['url']}/results")
    assert [option["percent"] for option in results["options"]] == [50, 50]
    assert (results["is_final"], results["my_option_id"]) == (True, None)
    assert not stranger.read(poll["url"])["is_open"]


def test_a_second_vote_is_refused_and_the_first_stays(author: Program) -> None:
    poll = author.create()
    tea, coffee = (option["id"] for option in poll["options"])
    author.post(f"{poll['url']}/votes", {"option_id": tea})
    second = author.post(f"{poll['url']}/votes", {"option_id": coffee})
    assert "already voted" in refused(second, 409)["detail"]
    results = author.read(f"{poll['url']}/results")
    assert [option["votes"] for option in results["options"]] == [1, 0], "a token votes for ever"


def test_a_vote_in_a_closed_poll_is_refused(author: Program, other: Program) -> None:
    poll = author.create()
    author.post(f"{poll['url']}/close")
    late = other.post(f"{poll['url']}/votes", {"option_id": poll["options"][0]["id"]})
    assert "ended" in refused(late, 409)["detail"]
    assert other.read(f"{poll['url']}/results")["votes"] == 0, "a final result would change"


def test_an_option_of_another_poll_cannot_be_chosen(author: Program) -> None:
    poll, another = author.create(), author.create(title="Bus or train?")
    foreign = another["options"][0]["id"]
    problem = refused(author.post(f"{poll['url']}/votes", {"option_id": foreign}), 422)
    assert problem["errors"][0]["pointer"] == "/option_id"


def test_the_list_goes_on_at_next_until_its_end(author: Program, stranger: Program) -> None:
    titles = [f"Question {number}?" for number in range(5)]
    author.create(title="Something else?")
    for title in titles:
        author.create(title=title)
    author.create(title="Something newer?")
    seen, where = [], f"{API}/polls?limit=2&q=question"
    while where:
        page = stranger.read(where)
        seen += [entry["title"] for entry in page["polls"]]
        where = page["next"]
    assert seen == titles[::-1], "a program would miss polls, or see some twice"


def test_mine_lists_the_polls_of_the_owner_alone(
    author: Program, other: Program, stranger: Program
) -> None:
    author.create(title="Ada asks?")
    other.create(title="Grace asks?")
    mine = author.read(f"{API}/polls?mine=true")["polls"]
    assert [entry["title"] for entry in mine] == ["Ada asks?"]
    refused(stranger.get(f"{API}/polls?mine=true"), 401)


def test_only_author_and_administrator_may_close(
    author: Program, other: Program, administrator: Program
) -> None:
    poll = author.create()
    refused(other.post(f"{poll['url']}/close"), 403)
    assert author.read(poll["url"])["is_open"], "anybody could end a poll"
    assert administrator.post(f"{poll['url']}/close").status_code == 200


def test_only_author_and_administrator_may_delete(author: Program, other: Program) -> None:
    poll = author.create()
    refused(other.delete(poll["url"]), 403)
    assert author.delete(poll["url"]).status_code == 204
    refused(author.get(poll["url"]), 404)


def test_a_poll_with_votes_is_not_deleted(author: Program) -> None:
    poll = author.create()
    author.post(f"{poll['url']}/votes", {"option_id": poll["options"][0]["id"]})
    refused(author.delete(poll["url"]), 409)
    assert author.get(poll["url"]).status_code == 200, "votes would be lost"


def test_a_picture_is_told_by_its_addresses(
    make_app: Callable[..., Flask], app: Flask, migrated: str, tmp_path: Path
) -> None:
    pictured = make_app(migrated, default_storage_dsn=f"file://{tmp_path}")
    with pictured.app_context():
        picture = pictures.accept(BytesIO(drawing()), "A slope")
        poll = ballot.create(db.session, "Which?", ["a", "b"], picture=picture)
    program = Program(pictured)
    shown = program.read(f"{API}/polls/{poll.id}")["picture"]
    assert (shown["description"], shown["thumbnail_url"]) == ("A slope", None)
    assert program.get(shown["url"]).status_code == 200, "a program could not show the picture"
    with pictured.app_context():
        pictures.make_thumbnail(picture.id)
    small = program.read(f"{API}/polls/{poll.id}")["picture"]["thumbnail_url"]
    assert program.get(small).status_code == 200
    assert small != shown["url"]


def test_me_tells_whose_token_it_is(author: Program) -> None:
    me = author.read(f"{API}/me")
    assert (me["name"], me["email"], me["role"]) == ("Ada", "ada@example.org", "author")


NEEDS_TOKEN = [
    ("GET", "/me"),
    ("POST", "/polls"),
    ("POST", "/polls/1/votes"),
    ("POST", "/polls/1/close"),
    ("DELETE", "/polls/1"),
]


@pytest.mark.parametrize(("method", "path"), NEEDS_TOKEN)
def test_what_changes_something_needs_a_token(stranger: Program, method: str, path: str) -> None:
    response = stranger.client.open(API + path, method=method)
    problem = refused(response, 401)
    assert "token" in problem["detail"], "nobody would know what to do"
    assert response.headers["WWW-Authenticate"].lower().startswith("bearer")


@pytest.mark.parametrize("sent", ["Bearer wrong", "Bearer", "Bearer \xff", "Basic YTpi", "x"])
def test_a_wrong_token_is_refused_even_for_reading(stranger: Program, sent: str) -> None:
    response = stranger.client.get(f"{API}/polls", headers={"Authorization": sent})
    refused(response, 401)


def test_a_token_ends_with_its_account(app: Flask, author: Program) -> None:
    with app.app_context():
        db.session.query(User).update({"disabled_at": datetime.now(UTC)})
        db.session.commit()
    refused(author.get(f"{API}/me"), 401)


def test_a_session_opens_nothing_here(app: Flask, visitor: Browser) -> None:
    make_user(app)
    sign_in(visitor)
    response = visitor.client.post(f"{API}/polls", json=TEA)
    refused(response, 401)
    assert "Set-Cookie" not in response.headers
    assert visitor.get(f"{API}/me").status_code == 401, "another site could use a visitor's cookie"


def test_without_the_database_it_asks_to_come_back(make_app: Callable[..., Flask]) -> None:
    response = Program(make_app("postgresql://nobody:x@127.0.0.1:1/none")).get(f"{API}/polls")
    refused(response, 503)
    assert int(response.headers["Retry-After"]) > 0


def test_the_limit_holds_across_processes(
    make_app: Callable[..., Flask], app: Flask, migrated: str
) -> None:
    programs = [Program(app), Program(make_app(migrated))]
    allowed = int(bearer.LIMIT.split()[0])
    answers = [programs[number % 2].get(f"{API}/openapi.json") for number in range(allowed + 1)]
    assert {answer.status_code for answer in answers[:-1]} == {200}
    refused(answers[-1], 429)
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 61


def test_wrong_tokens_use_up_the_limit_of_their_address(app: Flask) -> None:
    statuses = [
        Program(app, f"guess-{number}").get(f"{API}/me").status_code for number in range(121)
    ]
    assert set(statuses[:-1]) == {401}
    assert statuses[-1] == 429, "tokens could be tried without end"


def test_one_token_does_not_use_up_the_limit_of_another(author: Program, other: Program) -> None:
    for _ in range(121):
        last = author.get(f"{API}/openapi.json")
    assert last.status_code == 429
    assert other.get(f"{API}/me").status_code == 200, "one busy program would lock out all others"
