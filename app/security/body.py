"""How large a request may be: little in general, an upload's size where a view takes one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import Flask, current_app, request

from app.config import Config

# A form of ten options fills about 2 KiB; what is much larger was not typed by a person.
MAX_BODY_BYTES = 64 * 1024
MAX_FORM_PARTS = 100
TAKES_UPLOADS = "takes_uploads"

View = TypeVar("View", bound=Callable[..., object])


def init_app(app: Flask, config: Config) -> None:
    """Refuse larger bodies with 413. Comes before whatever reads a form, as the CSRF check does."""
    app.config.from_mapping(
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_BODY_BYTES,
        MAX_FORM_PARTS=MAX_FORM_PARTS,
    )

    def widen() -> None:
        view = current_app.view_functions.get(request.endpoint or "")
        if getattr(view, TAKES_UPLOADS, False):
            # The file, and the form around it.
            request.max_content_length = config.max_upload_bytes + MAX_BODY_BYTES

    app.before_request(widen)


def allow_upload(view: View) -> View:
    """Let this view take a file of MAX_UPLOAD_BYTES; the outermost decorator but the route."""
    setattr(view, TAKES_UPLOADS, True)
    return view
