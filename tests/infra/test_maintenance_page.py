"""The function that answers during maintenance: always 503, whatever else fails."""

import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.components.maintenance import TIMEOUT_SECONDS
from infra.functions.maintenance import handler as function
from infra.naming import (
    MAINTENANCE_NUMBER,
    MAINTENANCE_PARTITION,
    PARTITION_KEY,
    SORT_KEY,
)
from tests.support.releases_table import create_releases_table

KEY: Any = {
    PARTITION_KEY: {"S": MAINTENANCE_PARTITION},
    SORT_KEY: {"N": str(MAINTENANCE_NUMBER)},
}
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The table of releases, empty, and a function that has not been called yet."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("TABLE_NAME", "releases")
    monkeypatch.setenv("ITEM_KEY", json.dumps(KEY))
    monkeypatch.setattr(function.Notice, "read_at", None)
    monkeypatch.setattr(function.Notice, "item", {})
    cached = function._table
    cached.cache_clear()
    with mock_aws():
        dynamodb = boto3.client("dynamodb")
        create_releases_table(dynamodb, "releases")
        yield dynamodb
    cached.cache_clear()


def put(dynamodb: Any, **attributes: Any) -> None:
    dynamodb.put_item(TableName="releases", Item={**KEY, **attributes})


def ask(accept: str = BROWSER, method: str = "GET") -> dict[str, Any]:
    event = {"httpMethod": method, "path": "/", "headers": {"Accept": accept}}
    return function.handler(event, None)


def test_visitors_get_the_page_that_was_given_and_when_to_come_back(table: Any) -> None:
    put(table, page={"S": "<h1>Back at ten</h1>"}, retry_after_seconds={"N": "900"})
    answer = ask()
    assert answer["statusCode"] == 503, "a search engine keeps the page"
    assert answer["body"] == "<h1>Back at ten</h1>"
    assert answer["headers"]["Retry-After"] == "900"
    assert answer["headers"]["Content-Type"] == "text/html; charset=utf-8"
    assert answer["headers"]["Cache-Control"] == "no-store", "it is seen after the maintenance"


def test_without_a_page_they_get_a_plain_one(table: Any) -> None:
    put(table)
    answer = ask()
    assert answer["body"] == function.PLAIN_PAGE
    assert answer["headers"]["Retry-After"] == "300"
    assert "http" not in function.PLAIN_PAGE, "it asks this site for something: 503 again"


def test_programs_get_a_problem_that_they_can_read(table: Any) -> None:
    put(table, page={"S": "<h1>Back at ten</h1>"})
    answer = ask("application/json")
    assert (answer["statusCode"], answer["headers"]["Content-Type"]) == (503, function.PROBLEM)
    assert json.loads(answer["body"])["status"] == 503
    assert answer["headers"]["Vary"] == "Accept"


@pytest.mark.parametrize(
    ("accept", "json_wanted"),
    [
        (BROWSER, False),
        ("*/*", False),
        ("", False),
        ("application/json, text/plain, */*", True),
        ("Application/Problem+JSON;q=0.9", True),
        ("text/html, application/json", False),
    ],
)
def test_a_page_is_for_whoever_takes_pages(accept: str, json_wanted: bool) -> None:
    assert function.wants_json(accept) is json_wanted


def test_a_head_request_gets_the_head_alone(table: Any) -> None:
    answer = ask(method="HEAD")
    assert (answer["statusCode"], answer["body"]) == (503, "")


def test_another_page_is_seen_within_seconds_and_the_table_is_not_asked_for_each_visitor(
    table: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(f"{function.__name__}.time.monotonic", lambda: now[0])
    put(table, page={"S": "one"})
    assert ask()["body"] == "one"
    put(table, page={"S": "two"})
    assert ask()["body"] == "one", "every visitor costs a read"
    now[0] += function.FRESH_SECONDS
    assert ask()["body"] == "two", "a corrected page is never seen"


def test_a_table_that_cannot_be_read_leaves_visitors_with_the_last_page(
    table: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    now = [1000.0]
    monkeypatch.setattr(f"{function.__name__}.time.monotonic", lambda: now[0])
    put(table, page={"S": "one"})
    assert ask()["body"] == "one"
    table.delete_table(TableName="releases")
    now[0] += function.FRESH_SECONDS
    answer = ask()
    assert (answer["statusCode"], answer["body"]) == (503, "one"), "visitors see an error of AWS's"
    assert "could not be read" in caplog.text, "nobody learns why"


def test_a_request_without_headers_is_answered_too(table: Any) -> None:
    answer = function.handler({"httpMethod": "GET", "headers": None}, None)
    assert answer["statusCode"] == 503


def test_a_table_that_does_not_answer_keeps_nobody_waiting(
    table: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        slow = boto3.client("dynamodb", endpoint_url=address, config=function.PATIENCE)
        monkeypatch.setattr(function, "_table", lambda: slow)
        began = time.monotonic()
        with mock_aws(config={"core": {"passthrough": {"urls": [address]}}}):
            answer = ask()
    assert (answer["statusCode"], answer["body"]) == (503, function.PLAIN_PAGE)
    assert time.monotonic() - began < TIMEOUT_SECONDS / 2, "AWS ends the function: 502"
