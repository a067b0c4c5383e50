"""The description of the API: as OpenAPI for programs, as a page for people."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from flask import Response, render_template, request
from markupsafe import Markup, escape

from app.api.description import SCHEMAS, description
from app.api.operation import JSON, blueprint

# Words for what limits a value, where JSON Schema has a keyword.
LIMITS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "default": "{} if not given",
}


@dataclass(frozen=True)
class Row:
    """A line of a table: a parameter, or a member of a model."""

    name: str
    type: str
    required: bool
    meaning: str


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """OpenAPI 3.1, for programs that make clients of it."""
    return Response(_document(), mimetype=JSON)


@blueprint.get("/")
def reference() -> str:
    """The same for reading, with a command to try for each operation."""
    document = description()
    models = document["components"]["schemas"]
    return render_template(
        "api/reference.html",
        info=document["info"],
        base=request.host_url.rstrip("/") + document["servers"][0]["url"],
        operations=list(_operations(document)),
        models={name: rows_of(model) for name, model in models.items()},
        texts={name: model.get("description", "") for name, model in models.items()},
    )


@blueprint.app_template_filter("code")
def code(text: str) -> Markup:
    """What stands between backticks as code."""
    parts = [
        Markup("<code>{}</code>").format(part) if place % 2 else escape(part)
        for place, part in enumerate(text.split("`"))
    ]
    return Markup().join(parts)


@cache
def _document() -> str:
    return json.dumps(description(), indent=1)


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    models = document["components"]["schemas"]
    for path, methods in document["paths"].items():
        for method, this in methods.items():
            body = _model_of(this.get("requestBody"))
            yield {
                **this,
                "method": method.upper(),
                "path": path,
                "needs_token": {} not in this["security"],
                "rows": [
                    _row(given["name"], given, given["schema"])
                    for given in this["parameters"]
                    if given["in"] == "query"
                ],
                "body": body,
                "example": json.dumps(_example(models[body])) if body else None,
                "status": next(iter(this["responses"])),
                "answer": _model_of(next(iter(this["responses"].values()))),
                "refusals": list(this["responses"])[1:],
            }


def rows_of(model: dict[str, Any]) -> list[Row]:
    """A row for each member of a model."""
    required = model.get("required", [])
    return [
        _row(name, {**schema, "required": name in required}, schema)
        for name, schema in model.get("properties", {}).items()
    ]


def _row(name: str, about: dict[str, Any], schema: dict[str, Any]) -> Row:
    limits = [schema, *schema.get("anyOf", [])]
    words = [
        text.format(each[keyword])
        for each in limits
        for keyword, text in LIMITS.items()
        if each.get(keyword) not in (None, "", False)
    ]
    meaning = "; ".join(filter(None, [about.get("description", ""), *words]))
    return Row(name, type_of(schema), bool(about.get("required")), meaning)


def type_of(schema: dict[str, Any]) -> str:
    """What kind of value it is, in words: `list of OptionShown`, `integer or null`."""
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(SCHEMAS)
    if "anyOf" in schema:
        return " or ".join(map(type_of, schema["anyOf"]))
    if schema.get("type") == "array":
        return f"list of {type_of(schema['items'])}"
    return str(
        {"date-time": "time", "uri-reference": "address"}.get(
            schema.get("format", ""), schema.get("type", "anything")
        )
    )


def _model_of(part: dict[str, Any] | None) -> str | None:
    for content in (part or {}).get("content", {}).values():
        return type_of(content["schema"])
    return None


def _example(model: dict[str, Any]) -> dict[str, Any]:
    return {
        name: schema["examples"][0]
        for name, schema in model["properties"].items()
        if "examples" in schema
    }
