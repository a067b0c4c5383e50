from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from pathlib import Path

import brotli  # type: ignore[import-untyped]
import pytest
from flask import Flask, url_for
from werkzeug.test import TestResponse

from app import staticfiles
from app.staticbuild import BuildError, build

SHEET = "body { background: url('img/dot.png'); }\n" + "p { margin: 0; }\n" * 50


@pytest.fixture
def source(tmp_path: Path) -> Path:
    source = tmp_path / "static"
    (source / "img").mkdir(parents=True)
    (source / "img" / "dot.png").write_bytes(b"\x89PNG")
    (source / "site.css").write_text(SHEET)
    return source


@pytest.fixture
def image(
    make_app: Callable[..., Flask], migrated: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Flask:
    """The application as it is in an image."""
    build(target=tmp_path / "built")
    monkeypatch.setattr(staticfiles, "BUILT", tmp_path / "built")
    return make_app(migrated)


def address_of(app: Flask, filename: str = "site.css") -> str:
    with app.test_request_context():
        return url_for("static", filename=filename)


def get(app: Flask, address: str, **headers: str) -> TestResponse:
    # Read whole at once, so that the file is closed.
    return app.test_client().get(address, headers=headers, buffered=True)


class TestBuild:
    def test_a_name_changes_with_the_content(self, source: Path, tmp_path: Path) -> None:
        first = build(source, tmp_path / "built")
        assert re.fullmatch(r"site\.[0-9a-f]{12}\.css", first["site.css"])
        assert build(source, tmp_path / "built") == first, "every image would empty all caches"
        (source / "site.css").write_text(SHEET + "a { color: red; }")
        second = build(source, tmp_path / "built")
        assert second["site.css"] != first["site.css"], "browsers would keep the old style"
        assert second["img/dot.png"] == first["img/dot.png"]
        assert not (tmp_path / "built" / first["site.css"]).exists(), "images would grow for ever"

    def test_a_style_sheet_leads_to_the_new_names(self, source: Path, tmp_path: Path) -> None:
        built = tmp_path / "built"
        names = build(source, built)
        sheet = (built / names["site.css"]).read_text()
        assert f"url('{names['img/dot.png']}')" in sheet, "the picture would not be found"
        (source / "img" / "dot.png").write_bytes(b"another")
        assert build(source, built)["site.css"] != names["site.css"], (
            "browsers would keep a style sheet that leads to nothing"
        )

    @pytest.mark.parametrize(
        "reference", ["data:image/png;base64,AAAA", "https://example.org/a.png", "/icon", "#mark"]
    )
    def test_other_references_stay(self, source: Path, tmp_path: Path, reference: str) -> None:
        (source / "site.css").write_text(f'a {{ background: url("{reference}") }}')
        names = build(source, tmp_path / "built")
        assert reference in (tmp_path / "built" / names["site.css"]).read_text()

    def test_a_reference_to_nothing_stops_the_build(self, source: Path, tmp_path: Path) -> None:
        (source / "site.css").write_text("a { background: url(lost.png) }")
        with pytest.raises(BuildError, match=r"site\.css refers to lost\.png.*put the file"):
            build(source, tmp_path / "built")

    def test_what_gets_smaller_is_compressed_twice(self, source: Path, tmp_path: Path) -> None:
        built = tmp_path / "built"
        names = build(source, built)
        sheet = built / names["site.css"]
        for ending, unpack in (".gz", gzip.decompress), (".br", brotli.decompress):
            packed = sheet.with_name(sheet.name + ending).read_bytes()
            assert unpack(packed) == sheet.read_bytes()
            assert len(packed) < sheet.stat().st_size / 2
        assert not list(built.glob("img/*.gz")), "a picture does not get smaller"


class TestImage:
    def test_files_are_kept_for_ever_under_a_name_of_their_own(self, image: Flask) -> None:
        address = address_of(image)
        assert re.fullmatch(r"/static/site\.[0-9a-f]{12}\.css", address)
        response = get(image, address)
        assert response.status_code == 200
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable", (
            "browsers would ask for it with each page"
        )
        assert response.mimetype == "text/css"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in response.headers["Content-Security-Policy"], (
            "script in an icon could act as this site"
        )
        assert "Access-Control-Allow-Origin" not in response.headers

    def test_pages_lead_to_these_names(self, image: Flask) -> None:
        page = get(image, "/nothing-here").text
        found = re.findall(r'"(/static/[^"]+)"', page)
        assert found
        assert all(staticfiles.HASHED.search(address) for address in found), found
        assert {get(image, address).status_code for address in found} == {200}

    @pytest.mark.parametrize(
        ("accepted", "encoding"), [("gzip, br", "br"), ("gzip", "gzip"), ("identity", None)]
    )
    def test_browsers_get_the_smallest_they_can_read(
        self, image: Flask, accepted: str, encoding: str | None
    ) -> None:
        response = get(image, address_of(image), **{"Accept-Encoding": accepted})
        assert response.headers.get("Content-Encoding") == encoding
        assert response.headers["Vary"] == "Accept-Encoding", "caches would mix them up"
        assert int(response.headers["Content-Length"]) == len(response.data)

    def test_a_page_of_another_release_gets_the_file_that_is_here(self, image: Flask) -> None:
        response = get(image, "/static/site.0123456789ab.css")
        assert response.status_code == 200, "during a rollout pages would be without style"
        assert response.data == (staticfiles.SOURCE / "site.css").read_bytes()
        assert response.headers["Cache-Control"] == "no-cache", "the wrong file would stay"

    @pytest.mark.parametrize("path", ["lost.css", "../config/table.py", "manifest.json", ""])
    def test_nothing_else_is_served(self, image: Flask, path: str) -> None:
        assert get(image, f"/static/{path}").status_code == 404


def test_the_image_is_built_with_them() -> None:
    folder = staticfiles.SOURCE.parent
    dockerfile = (folder / "Dockerfile").read_text()
    assert "python -m app.staticbuild" in dockerfile, "the image would serve them as they are"
    assert "static-built" in (folder / ".dockerignore").read_text().split(), (
        "old files of this machine would go into the image"
    )


def test_in_development_files_are_served_as_they_are(app: Flask) -> None:
    assert not staticfiles.BUILT.exists(), (
        f"a change of style would not show: delete {staticfiles.BUILT}"
    )
    assert address_of(app) == "/static/site.css"
    response = get(app, "/static/site.css")
    assert response.data == (staticfiles.SOURCE / "site.css").read_bytes()
    assert response.headers["Cache-Control"] == "no-cache", "a change would not show"
