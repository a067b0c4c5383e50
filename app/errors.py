"""Answers to what goes wrong: a page or JSON, never a stack trace."""

from __future__ import annotations

import logging

from flask import Flask, Response, g, jsonify, make_response, render_template, request
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, InternalServerError, ServiceUnavailable

from app.config import Config

RETRY_AFTER_SECONDS = 5
# A full pool, a lost or refused connection, a cancelled statement, a server that takes no writes.
DATABASE_FAULTS = (OperationalError, InterfaceError, InternalError, PoolTimeout)
DETAILS = {
    400: "The form could not be read. Go back, reload the page and send it again.",
    404: "There is nothing at this address. It may have been mistyped.",
    405: "This address does not take that kind of request.",
    413: "What you sent is larger than this site accepts.",
    421: "This server does not answer for that host name.",
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
    # Only the kind: the driver's text can hold an address or a row.
    original = getattr(error, "orig", None) or error
    log.error("The database failed: %s", type(original).__name__)
    response = _answer(ServiceUnavailable())
    response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def answer_unexpected(error: Exception) -> Response:
    """Log what nobody expected, and say no more than that."""
    log.error("The request failed.", exc_info=error)
    return _answer(InternalServerError())


def _answer(error: HTTPException) -> Response:
    status = error.code or 500
    detail = DETAILS.get(status, error.description or "")
    body = {"status": status, "title": error.name, "detail": detail}
    request_id = g.get("request_id", "")
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        response = jsonify({**body, "request_id": request_id})
        response.mimetype = "application/problem+json"
    else:
        response = make_response(render_template("error.html", **body, request_id=request_id))
    response.status_code = status
    if "Allow" in (headers := dict(error.get_headers())):
        response.headers["Allow"] = headers["Allow"]
    return response
