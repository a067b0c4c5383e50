"""Static files: in the image compressed and for ever, in development as they are.

`url_for('static', filename='site.css')` gives the right address in both.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from wsgiref.headers import Headers

from flask import Flask, Response, current_app
from whitenoise import WhiteNoise  # type: ignore[import-untyped]

from app.config import Config

SOURCE = Path(__file__).parent / "static"
# Made by app.staticbuild when the image is built.
BUILT = Path(__file__).parent / "static-built"
MANIFEST = "manifest.json"
HASH_CHARACTERS = 12
HASHED = re.compile(rf"\.[0-9a-f]{{{HASH_CHARACTERS}}}(?=\.[^./]+$)")
# Another content has another name, so nobody need ever ask again: a year stands for that.
FOR_EVER = "public, max-age=31536000, immutable"
HEADERS = {
    "Cache-Control": FOR_EVER,
    # An icon may be opened by itself, and it may hold script.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def init_app(app: Flask, _config: Config) -> None:
    """Serve what the image's build has prepared, before anything else looks at the request."""
    manifest = BUILT / MANIFEST
    if not manifest.is_file():
        return
    names: dict[str, str] = json.loads(manifest.read_text())

    def use_hashed(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static":
            filename = values.get("filename", "")
            values["filename"] = names.get(filename, filename)

    app.url_defaults(use_hashed)
    app.view_functions["static"] = _serve_current
    files = WhiteNoise(
        app.wsgi_app, max_age=None, allow_all_origins=False, add_headers_function=_add_headers
    )
    for name in names.values():
        files.add_file_to_dictionary(f"{app.static_url_path}/{name}", str(BUILT / name))
    app.wsgi_app = files  # type: ignore[method-assign]


def _serve_current(filename: str) -> Response:
    """A file under a name that this image does not know.

    While a release goes out, a page of the other image may ask for its own: it gets what there is
    here instead, to be asked for again, rather than no style at all.
    """
    response = current_app.send_static_file(HASHED.sub("", filename))
    response.headers["Cache-Control"] = "no-cache"
    return response


def _add_headers(headers: Headers, _path: str, _url: str) -> None:
    for name, value in HEADERS.items():
        headers[name] = value
