"""The API: what it takes, and how it refuses the rest."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.app.program import API, TEA, Program, program_of, refused


@pytest.fixture
def stranger(app: Flask) -> Program:
    return Program(app)


@pytest.fixture
def author(app: Flask) -> Program:
    return program_of(app)


WRONG: list[tuple[dict[str, object], str, str]] = [
    ({"title": "ab"}, "/title", "at least 3"),
    ({"title": "x" * 141}, "/title", "at most 140"),
    ({"title": "\u200b \u2060 \u200b"}, "/title", "can be seen"),
    ({"title": 5}, "/title", "string"),
    ({"options": ["Tea"]}, "/options", "at least 2"),
    ({"options": [str(number) for number in range(11)]}, "/options", "at most 10"),
    ({"options": ["Tea", "TEA"]}, "/options", "the same"),
    ({"options": ["Tea", " Tea"]}, "/options", "the same"),
    ({"options": ["Tea", "\t"]}, "/options/1", "can be seen"),
    ({"open_for_seconds": 59}, "/open_for_seconds", "60"),
    ({"open_for_seconds": 366 * 86400}, "/open_for_seconds", "31536000"),
    ({"open_for_seconds": "3600"}, "/open_for_seconds", "integer"),
    ({"optoins": []}, "/optoins", "not permitted"),
]


@pytest.mark.parametrize(("changes", "pointer", "words"), WRONG)
def test_a_wrong_poll_is_refused_with_its_place(
    author: Program, changes: dict[str, object], pointer: str, words: str
) -> None:
    (fault,) = refused(author.post(f"{API}/polls", TEA | changes), 422)["errors"]
    assert fault["pointer"] == pointer, "a program would not know which field is meant"
    assert words in fault["detail"]
    assert author.read(f"{API}/polls")["polls"] == [], "the poll was made all the same"


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "before=0",
        "before=x",
        "befor=1",
        "limit=1&limit=2",
        "q=" + "x" * 101,
    ],
)
def test_a_wrong_parameter_is_refused_by_name(stranger: Program, query: str) -> None:
    (fault,) = refused(stranger.get(f"{API}/polls?{query}"), 422)["errors"]
    assert fault["parameter"] == query.partition("=")[0]


@pytest.mark.parametrize("search", ["%00", "%25", "_", "%5C", "'"])
def test_a_search_takes_any_character_as_itself(author: Program, search: str) -> None:
    author.create(title="50 % of what?")
    found = author.read(f"{API}/polls?q={search}")["polls"]
    assert len(found) == (search in {"%25", "%00"}), "a character would stand for others"


def test_whole_numbers_may_be_written_with_a_point(author: Program) -> None:
    body = '{"title": "Tea?", "options": ["a", "b"], "open_for_seconds": 60.0}'
    sent = author.client.post(
        f"{API}/polls", data=body, content_type="application/json", headers=author.headers
    )
    assert sent.status_code == 201, "a program may write 60 as 60.0"
    poll = author.create()
    voted = author.post(f"{poll['url']}/votes", {"option_id": float(poll["options"][0]["id"])})
    assert voted.status_code == 201


@pytest.mark.parametrize("body", ["", "{", "[1,", '{"title": NaN', "\x00"])
def test_what_is_no_json_is_refused(author: Program, body: str) -> None:
    sent = author.client.post(
        f"{API}/polls", data=body, content_type="application/json", headers=author.headers
    )
    assert "not valid JSON" in refused(sent, 400)["detail"]


@pytest.mark.parametrize("body", ["[]", '"{}"', "null", "1"])
def test_json_that_is_no_object_is_refused(author: Program, body: str) -> None:
    sent = author.client.post(
        f"{API}/polls", data=body, content_type="application/json", headers=author.headers
    )
    assert refused(sent, 422)["errors"][0]["pointer"] == ""


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_of_another_type_is_refused(author: Program, kind: str) -> None:
    sent = author.client.post(
        f"{API}/polls", data='{"title": "x"}', content_type=kind, headers=author.headers
    )
    assert "application/json" in refused(sent, 415)["detail"]


def test_a_body_too_large_is_refused(author: Program) -> None:
    refused(author.post(f"{API}/polls", TEA | {"title": "x" * 100_000}), 413)


def test_an_unknown_path_is_answered_as_problem(stranger: Program) -> None:
    refused(stranger.get(f"{API}/nothing"), 404)
    refused(stranger.get(f"{API}/polls/1"), 404)
    refused(stranger.get(f"{API}/polls/{2**63}"), 404)


def test_another_method_is_told_which_ones_there_are(stranger: Program) -> None:
    response = stranger.client.put(f"{API}/polls")
    refused(response, 405)
    assert {"GET", "POST"} <= {name.strip() for name in response.headers["Allow"].split(",")}
