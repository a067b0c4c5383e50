"""The description of the API, for programs and for people."""

from __future__ import annotations

import re
from typing import Any

import pytest
import schemathesis
from flask import Flask

from app.api.description import PLACE, description
from app.api.operation import blueprint, operations
from app.api.reference import type_of
from tests.app.browser import Browser


def test_it_is_openapi_3_1(visitor: Browser) -> None:
    response = visitor.get("/api/v1/openapi.json")
    assert response.mimetype == "application/json"
    schemathesis.openapi.from_dict(dict(response.json or {})).validate()


def test_every_address_of_the_api_is_described(app: Flask) -> None:
    served = {
        (PLACE.sub(r"{\1}", rule.rule.removeprefix("/api/v1")), method)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("api.")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    } - {("/", "GET"), ("/openapi.json", "GET")}
    described = {
        (path, method.upper())
        for path, methods in description()["paths"].items()
        for method in methods
    }
    assert served == described


def test_every_operation_that_changes_something_needs_a_token() -> None:
    changing = [each for each in operations if each.method != "GET"]
    assert changing
    assert all(each.needs_token for each in changing), "strangers could change polls"


def test_every_member_of_every_model_is_explained_or_plain() -> None:
    for name, model in description()["components"]["schemas"].items():
        assert model.get("description"), f"{name} has no text: readers would have to guess"
        assert "title" not in str(model["properties"].values()).replace("'title': {", "")


def test_the_page_shows_every_operation_with_a_command(visitor: Browser) -> None:
    page = visitor.get("/api/v1/")
    assert page.mimetype == "text/html"
    for this in operations:
        path = PLACE.sub(r"{\1}", this.path)
        assert f"{this.method} {path}</code>" in page.text, f"{path} could not be found"
    assert page.text.count("<code>curl ") == len(operations)
    assert "&#34;options&#34;: [&#34;Tea&#34;, &#34;Coffee&#34;]" in page.text
    anchors = set(re.findall(r'href="#(\w+)"', page.text))
    assert anchors <= set(re.findall(r'id="(\w+)"', page.text)), "a link would lead nowhere"


def test_the_page_holds_nothing_that_its_policy_forbids(visitor: Browser) -> None:
    page = visitor.get("/api/v1/").text
    assert "<script" not in page
    assert "style=" not in page
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page), "it would load from elsewhere"


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "integer"}, "integer"),
        ({"type": "string", "format": "date-time"}, "time"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Fault"}}, "list of Fault"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string or null"),
    ],
)
def test_types_are_told_in_words(schema: dict[str, Any], words: str) -> None:
    assert type_of(schema) == words


def test_the_api_has_a_version_in_its_address() -> None:
    assert blueprint.url_prefix == "/api/v1", "a change could not live beside what clients use"
