"""Addresses of stored files: `/media/<key>`, signed, for an hour at most."""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as BaseResponse

from app.media.pictures import picture_url
from app.media.storage import NotStoredError, content_type_of, seconds_left, storage

blueprint = Blueprint("media", __name__)
blueprint.add_app_template_global(picture_url)
# What uploads may do when they are opened by themselves: nothing, whatever they contain.
SANDBOX = "default-src 'none'; sandbox"
# A login of the task that signs for S3 is good for ten minutes more, at the least.
SIGNED_SECONDS = 600
REDIRECT_SECONDS = 540


@blueprint.get("/media/<key>")
def show(key: str) -> ResponseReturnValue:
    """Give the file out, or lead to where the browser fetches it from the storage itself."""
    seconds = seconds_left(
        key, request.args.get("until", 0, type=int), request.args.get("signature", "")
    )
    if not (seconds and storage.enabled):
        abort(404)
    if address := storage.store.address(key, SIGNED_SECONDS):
        return _cached(redirect(address), min(seconds, REDIRECT_SECONDS))
    try:
        data = storage.read(key)
    except NotStoredError:
        abort(404)
    response = Response(data, content_type=content_type_of(key))
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["Content-Disposition"] = f"inline; filename={key}"
    return _cached(response, seconds)


def _cached(response: BaseResponse, seconds: int) -> BaseResponse:
    response.headers["Cache-Control"] = f"private, max-age={seconds}"
    return response
