"""Operations of the API: input, answer and description of each come from one signature.

The annotations of a view say it all: `query` and `body` are models of what the request holds,
`user` is the token's owner (its presence demands a token), the return type is the model of the
answer, and the docstring is for people. `description.py` makes OpenAPI of the same.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar, get_type_hints

from flask import Blueprint, Response, request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from app.api import bearer
from app.api.refusals import body_refused, parameters_refused
from app.security import csrf

View = TypeVar("View", bound=Callable[..., BaseModel | None])
Model = TypeVar("Model", bound=BaseModel)
JSON = "application/json"

blueprint = Blueprint("api", __name__, url_prefix="/api/v1", template_folder="templates")
blueprint.before_request(bearer.admit)
# Forms prove by a token of their own that no other site sent them. Here a browser's cookies open
# nothing, so there is nothing that another site could make use of.
csrf.protection.exempt(blueprint)


@dataclass(frozen=True)
class Operation:
    """A method at a path; `refusals` are the statuses it answers beside those all have."""

    view: Callable[..., BaseModel | None]
    method: str
    path: str
    status: int
    refusals: tuple[int, ...]
    query: type[BaseModel] | None
    body: type[BaseModel] | None
    answer: type[BaseModel] | None
    needs_token: bool

    @property
    def text(self) -> str:
        """What the view's docstring says."""
        return inspect.getdoc(self.view) or ""


operations: list[Operation] = []


def operation(
    method: str, path: str, *, status: int = 200, refusals: tuple[int, ...] = ()
) -> Callable[[View], View]:
    """Make a view an operation of the API, at `path` below /api/v1."""

    def add(view: View) -> View:
        hints = get_type_hints(view)
        made = Operation(
            view=view,
            method=method,
            path=path,
            status=status,
            refusals=refusals,
            query=hints.get("query"),
            body=hints.get("body"),
            # None, as a hint, is its type: an answer without a body.
            answer=None if hints["return"] is type(None) else hints["return"],
            needs_token="user" in hints,
        )
        operations.append(made)

        @wraps(view)
        def respond(**place: Any) -> Response:
            return _answer(made, place)

        blueprint.add_url_rule(path, view_func=respond, methods=[method])
        return view

    return add


def _answer(this: Operation, place: dict[str, Any]) -> Response:
    """Read what the view asks for, call it, and send its answer."""
    given = place
    # First who, then what: a stranger does not learn what the body should look like.
    if this.needs_token:
        given["user"] = bearer.owner_required()
    if this.query:
        given["query"] = read_query(this.query)
    if this.body:
        given["body"] = read_body(this.body)
    answer = this.view(**given)
    if answer is None:
        return Response(status=this.status)
    response = Response(answer.model_dump_json(), this.status, mimetype=JSON)
    if this.status == 201:
        response.headers["Location"] = getattr(answer, "url", request.path)
    return response


def read_query(model: type[Model]) -> Model:
    """The parameters after the question mark; a repeated one is a list, so mostly refused."""
    given = {name: values if values[1:] else values[0] for name, values in request.args.lists()}
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise parameters_refused(error) from None


def read_body(model: type[Model]) -> Model:
    """The JSON in the body: 415 for another type, 400 when it is no JSON, 422 for the rest."""
    if request.mimetype != JSON:
        raise UnsupportedMediaType(f"Send the body as JSON, with `Content-Type: {JSON}`.")
    try:
        return model.model_validate_json(request.get_data(), strict=True)
    except ValidationError as error:
        if error.errors()[0]["type"] == "json_invalid":
            raise BadRequest("The body could not be read: it is not valid JSON.") from None
        raise body_refused(error) from None
