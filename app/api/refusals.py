"""What the API refuses; app/errors.py turns each into problem details [RFC 9457]."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized, UnprocessableEntity

NO_TOKEN = (
    "This needs a token. Make one on your account's page and send it as "  # noqa: S105 - a text
    "`Authorization: Bearer <token>`."
)
WRONG_TOKEN = (
    "The token is not valid: mistyped, expired or revoked. "  # noqa: S105 - a text
    "Make another one on your account's page."
)


class TokenRefused(Unauthorized):
    """401: a token is missing, or nobody's."""

    def __init__(self, description: str) -> None:
        super().__init__(description, www_authenticate=WWWAuthenticate("bearer"))


class InputRefused(UnprocessableEntity):
    """422: what was sent can be read, but not taken.

    `errors` has a member for each fault: `detail` in words, and where it is: `pointer` into the
    body [RFC 6901] or the name of the `parameter`.
    """

    def __init__(self, errors: Sequence[dict[str, str]]) -> None:
        super().__init__("What you sent is not accepted; `errors` says where and why.")
        self.errors = list(errors)


def parameters_refused(error: ValidationError) -> InputRefused:
    """The faults of the query's parameters."""
    return InputRefused(
        [{"detail": detail, "parameter": str(place[0])} for detail, place in _faults(error)]
    )


def body_refused(error: ValidationError) -> InputRefused:
    """The faults of the body."""
    return InputRefused(
        [{"detail": detail, "pointer": _pointer(place)} for detail, place in _faults(error)]
    )


def field_refused(field: str, detail: str) -> InputRefused:
    """A fault of one field of the body that only the database could tell."""
    return InputRefused([{"detail": detail, "pointer": _pointer((field,))}])


def _faults(error: ValidationError) -> list[tuple[str, tuple[Any, ...]]]:
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    return [(f"{fault['msg']}.".replace("..", "."), fault["loc"]) for fault in faults]


def _pointer(place: Sequence[Any]) -> str:
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in place)
