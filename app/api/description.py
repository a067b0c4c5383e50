"""The description of the API: OpenAPI 3.1, made of the operations and their models."""

from __future__ import annotations

import re
from functools import cache
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from app.api.operation import JSON, Operation, blueprint, operations
from app.api.schemas import Problem

SCHEMAS, REFUSALS = "#/components/schemas/", "#/components/responses/"
PROBLEM = "application/problem+json"
# `<int(max=5):poll_id>` in a rule of Flask is `{poll_id}` in OpenAPI.
PLACE = re.compile(r"<(?:[^:<>]+:)?(\w+)>")
# What any operation may answer: a wrong token, too many requests, the database out of reach.
ALWAYS = (401, 429, 503)
RETRY_AFTER = {
    "description": "Seconds until another try makes sense.",
    "schema": {"type": "string"},
}
INTRODUCTION = (
    "Polls for programs. Reading is open to all; making polls, voting and closing need a token, "
    "which you make on your account's page and send as `Authorization: Bearer <token>`."
)


class Untitled(GenerateJsonSchema):
    """JSON Schema without titles that only repeat the names."""

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002
        """No title."""
        return False


@cache
def description() -> dict[str, Any]:
    """The whole document; made when it is first asked for, as it never changes."""
    paths: dict[str, Any] = {}
    for this in operations:
        paths.setdefault(PLACE.sub(r"{\1}", this.path), {})[this.method.lower()] = _operation(this)
    all_refusals = sorted({code for this in operations for code in refusals_of(this)})
    return {
        "openapi": "3.1.0",
        "info": {"title": "Polls", "version": "1", "description": INTRODUCTION},
        "servers": [{"url": blueprint.url_prefix}],
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "responses": {_name(code): _refusal(code) for code in all_refusals},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def refusals_of(this: Operation) -> list[int]:
    """Every status by which an operation may refuse, in order."""
    some = {*ALWAYS, *this.refusals}
    some |= {404} if PLACE.search(this.path) else set()
    some |= {422} if this.query else set()
    some |= {400, 413, 415, 422} if this.body else set()
    return sorted(some)


def _operation(this: Operation) -> dict[str, Any]:
    summary, _, rest = this.text.partition("\n")
    made: dict[str, Any] = {
        "operationId": this.view.__name__,
        "summary": summary.rstrip("."),
        "parameters": [*_places(this), *_parameters(this)],
        "responses": _answers(this),
        # Without a token is one of the ways to ask where none is needed.
        "security": [{"token": []}] if this.needs_token else [{}, {"token": []}],
    }
    if rest.strip():
        made["description"] = rest.strip()
    if this.body:
        made["requestBody"] = {"required": True, "content": {JSON: {"schema": _ref(this.body)}}}
    return made


def _places(this: Operation) -> list[dict[str, Any]]:
    schema = {"type": "integer", "minimum": 1}
    return [
        {"name": name, "in": "path", "required": True, "schema": schema}
        for name in PLACE.findall(this.path)
    ]


def _parameters(this: Operation) -> list[dict[str, Any]]:
    if this.query is None:
        return []
    schema = this.query.model_json_schema(schema_generator=Untitled)
    return [_parameter(name, limits) for name, limits in schema["properties"].items()]


def _parameter(name: str, limits: dict[str, Any]) -> dict[str, Any]:
    text = limits.pop("description", "")
    # A query cannot say null: what may be None is left out there.
    for kind in limits.pop("anyOf", []):
        limits |= {} if kind == {"type": "null"} else kind
    schema = {word: value for word, value in limits.items() if value is not None}
    return {"name": name, "in": "query", "description": text, "schema": schema}


def _answers(this: Operation) -> dict[str, Any]:
    good: dict[str, Any] = {"description": HTTPStatus(this.status).phrase}
    if this.answer:
        good["content"] = {JSON: {"schema": _ref(this.answer)}}
    if this.status == 201:
        where = {"description": "Its address.", "schema": {"type": "string"}}
        good["headers"] = {"Location": where}
    refusals = {str(code): {"$ref": REFUSALS + _name(code)} for code in refusals_of(this)}
    return {str(this.status): good, **refusals}


def _name(code: int) -> str:
    return HTTPStatus(code).phrase.replace(" ", "")


def _refusal(code: int) -> dict[str, Any]:
    made: dict[str, Any] = {
        "description": HTTPStatus(code).phrase,
        "content": {PROBLEM: {"schema": _ref(Problem)}},
    }
    if code in {429, 503}:
        made["headers"] = {"Retry-After": RETRY_AFTER}
    return made


def _schemas() -> dict[str, Any]:
    models: list[tuple[type[BaseModel], JsonSchemaMode]] = [(Problem, "serialization")]
    models += [(this.body, "validation") for this in operations if this.body]
    models += [(this.answer, "serialization") for this in operations if this.answer]
    _, made = models_json_schema(
        models, ref_template=SCHEMAS + "{model}", schema_generator=Untitled
    )
    schemas: dict[str, Any] = made["$defs"]
    return schemas


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": SCHEMAS + model.__name__}
