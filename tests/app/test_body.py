"""How large a request may be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pytest
from flask import Flask, request
from werkzeug.test import TestResponse

from app.security import body, csrf

LIMIT = 100_000


@pytest.fixture
def site(make_app: Callable[..., Flask], migrated: str) -> Iterator[Flask]:
    app = make_app(migrated, max_upload_bytes=LIMIT)

    @app.post("/upload")
    @csrf.protection.exempt  # type: ignore[untyped-decorator]
    @body.allow_upload
    def upload() -> str:
        return str(len(request.files["file"].read()))

    @app.post("/other")
    @csrf.protection.exempt  # type: ignore[untyped-decorator]
    def other() -> str:
        return str(len(request.get_data()))

    yield app
    for view in ("upload", "other"):
        csrf.protection._exempt_views.discard(f"{__name__}.{view}")


def send(app: Flask, path: str, size: int, **more: Any) -> TestResponse:
    data = {"file": (BytesIO(b"x" * size), "picture.png")} | more
    return app.test_client().post(path, data=data)


def test_a_view_that_takes_uploads_takes_one_of_the_set_size(site: Flask) -> None:
    assert send(site, "/upload", LIMIT).text == str(LIMIT), "a picture of allowed size is refused"
    refused = send(site, "/upload", LIMIT + body.MAX_BODY_BYTES)
    assert refused.status_code == 413, "one upload could fill the disk"
    assert "larger than this site accepts" in refused.text


def test_every_other_view_takes_little(site: Flask) -> None:
    assert send(site, "/other", 1000).status_code == 200
    assert send(site, "/other", body.MAX_BODY_BYTES).status_code == 413, (
        "requests for any page could fill the memory"
    )


def test_an_upload_does_not_make_room_for_large_fields(site: Flask) -> None:
    large = "x" * (body.MAX_BODY_BYTES + 1)
    assert send(site, "/upload", 10, text=large).status_code == 413, "fields stay in the memory"


def test_a_form_of_very_many_parts_is_refused(site: Flask) -> None:
    many = {f"field-{number}": "x" for number in range(body.MAX_FORM_PARTS + 1)}
    assert send(site, "/upload", 10, **many).status_code == 413
