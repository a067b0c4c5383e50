"""Who votes: a random number in a signed cookie, so that a browser votes once."""

from __future__ import annotations

from uuid import UUID, uuid4

from flask import Flask, Response, current_app, request
from itsdangerous import BadSignature, URLSafeSerializer

from app.config import Config

COOKIE = "visitor"
COOKIE_SECONDS = 365 * 24 * 3600
EXTENSION = "visitor"


def init_app(app: Flask, config: Config) -> None:
    """Sign visitors' numbers with a key of their own, derived from the secret key."""
    key = config.secret_key.get_secret_value()
    app.extensions[EXTENSION] = URLSafeSerializer(key, salt="visitor")


def current_visitor() -> UUID | None:
    """The visitor of this request; None when the cookie is absent or not signed by us."""
    try:
        return UUID(_serializer().loads(request.cookies.get(COOKIE, "")))
    except (BadSignature, ValueError, TypeError, AttributeError):
        return None


def remember_visitor(response: Response) -> Response:
    """Give a browser without a number one, for a year."""
    if current_visitor() is None:
        response.set_cookie(
            COOKIE,
            _serializer().dumps(uuid4().hex),
            max_age=COOKIE_SECONDS,
            secure=current_app.config["SESSION_COOKIE_SECURE"],
            httponly=True,
            samesite="Lax",
        )
    return response


def _serializer() -> URLSafeSerializer:
    serializer: URLSafeSerializer = current_app.extensions[EXTENSION]
    return serializer
