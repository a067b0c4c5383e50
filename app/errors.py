"""Answers to what goes wrong: a page or problem details [RFC 9457], never a stack trace."""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, Response, g, jsonify, make_response, render_template, request
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, InternalServerError, ServiceUnavailable

from app.config import Config
from app.observability.redaction import fault_of

API = "/api/"
RETRY_AFTER_SECONDS = 5
# For a limit that does not say when it ends.
LIMIT_RETRY_AFTER_SECONDS = 60
# A full pool, a lost or refused connection, a cancelled statement, a server that takes no writes.
DATABASE_FAULTS = (OperationalError, InterfaceError, InternalError, PoolTimeout)
# What the refusal itself says to the client; the rest of its headers is about its own body.
KEPT_HEADERS = ("Allow", "Retry-After", "WWW-Authenticate")
DETAILS = {
    400: "The form could not be read. Go back, reload the page and send it again.",
    401: "Sign in to do this.",
    403: "Your account may not do this.",
    404: "There is nothing at this address. It may have been mistyped.",
    405: "This address does not take that kind of request.",
    413: "What you sent is larger than this site accepts.",
    415: "What you sent is of a kind that this address does not take.",
    421: "This server does not answer for that host name.",
    429: "That was often within a short time. Please wait a little and try again.",
    500: "Something went wrong on our side. It has been noted.",
    503: "The service is busy or restarting. Please try again in a few seconds.",
}
log = logging.getLogger(__name__)


def init_app(app: Flask, _config: Config) -> None:
    """Register the handlers; the one for everything else comes last."""
    app.register_error_handler(HTTPException, answer_http)
    for fault in DATABASE_FAULTS:
        app.register_error_handler(fault, answer_database)
    app.register_error_handler(Exception, answer_unexpected)


def answer_http(error: HTTPException) -> Response | HTTPException:
    """Answer a refusal; redirects pass as they are."""
    if error.response is not None or (error.code or 500) < 400:
        return error
    return _answer(error)


def answer_database(error: Exception) -> Response:
    """Ask the visitor to come back when the database is out of reach."""
    # The driver's text can hold an address or a row.
    log.error("The database failed: %s", fault_of(error))
    return _answer(ServiceUnavailable())


def answer_unexpected(error: Exception) -> Response:
    """Log what nobody expected, and say no more than that."""
    log.error("The request failed.", exc_info=error)
    return _answer(InternalServerError())


def _answer(error: HTTPException) -> Response:
    status = error.code or 500
    headers = {name: value for name, value in error.get_headers() if name in KEPT_HEADERS}
    if status == ServiceUnavailable.code:
        headers.setdefault("Retry-After", str(RETRY_AFTER_SECONDS))
    if status == 429:
        headers.setdefault("Retry-After", str(_limit_ends_seconds()))
    response = _problem(error, status) if _wants_json() else _page(error, status)
    response.status_code = status
    response.headers.update(headers)
    return response


def _limit_ends_seconds() -> int:
    seconds: int = g.get("retry_after_seconds", LIMIT_RETRY_AFTER_SECONDS)
    return seconds


def _is_api() -> bool:
    return request.path.startswith(API)


def _wants_json() -> bool:
    accepted = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return _is_api() or accepted == "application/json"


def _problem(error: HTTPException, status: int) -> Response:
    """Problem details; `instance` is the request's id, by which its log lines are found."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": error.name,
        "status": status,
        "detail": _detail(error, status),
        "instance": g.get("request_id", ""),
    }
    if errors := getattr(error, "errors", None):
        body["errors"] = errors
    response = jsonify(body)
    response.mimetype = "application/problem+json"
    return response


def _page(error: HTTPException, status: int) -> Response:
    shown = {"title": error.name, "status": status, "detail": _detail(error, status)}
    try:
        page = render_template("error.html", **shown, request_id=g.get("request_id", ""))
    except Exception:  # a page that fails must not take the answer with it
        log.exception("The page of an error cannot be shown.")
        return Response(f"{status} {error.name}\n{shown['detail']}\n", mimetype="text/plain")
    return make_response(page)


def _detail(error: HTTPException, status: int) -> str:
    """What the API says itself, else ours: what libraries say is meant for developers."""
    own = error.description or ""
    if _is_api():
        if own != (type(error).description or "") and status not in {429, 500, 503}:
            return own
        if status == 400:
            return "The request could not be read."
    return DETAILS.get(status, own)
