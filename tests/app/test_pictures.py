from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from time import time
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from app.database import db
from app.media import jobs, views
from app.media.models import Picture
from app.media.pictures import NotAPictureError, accept, make_thumbnail, picture_url
from app.media.storage import WINDOW_SECONDS, NotStoredError, StorageError, storage
from app.media.sweep import remove_unused, without_thumbnail
from app.polls import ballot
from tests.app.drawings import drawing, opened


@pytest.fixture
def media(tmp_path: Path) -> Path:
    return tmp_path / "media"


@pytest.fixture
def site(app: Flask, make_app: Callable[..., Flask], migrated: str, media: Path) -> Iterator[Flask]:
    """The application with a folder for uploads, and its context."""
    made = make_app(migrated, default_storage_dsn=f"file://{media}", max_upload_bytes=100_000)
    with made.app_context(), made.test_request_context():
        yield made


def upload(**options: Any) -> Picture:
    return accept(BytesIO(drawing(**options)), "A slope")


def poll_with(picture: Picture | None) -> None:
    ballot.create(db.session, "Up or down?", ["Up", "Down"], picture=picture)


def get(site: Flask, address: str, **options: Any) -> TestResponse:
    return site.test_client().get(address, **options)


class TestUpload:
    def test_a_picture_is_stored_and_described(self, site: Flask, media: Path) -> None:
        picture = upload(kind="PNG", size=(80, 40))
        saved = db.session.scalars(select(Picture)).one()
        assert saved.key == picture.key
        assert (saved.width, saved.height, saved.description) == (80, 40, "A slope")
        assert saved.content_type == "image/png"
        assert saved.size_bytes == (media / saved.key).stat().st_size

    @pytest.mark.parametrize(
        ("data", "message"),
        [
            (b"", "The file is empty"),
            (b"\x89PNG\r\n\x1a\n" + bytes(100_000), r"too large: at most 0\.0954 MiB"),
            (b"#!/bin/sh\n", "Choose a PNG, JPEG or WebP file"),
        ],
    )
    def test_what_cannot_be_used_leaves_nothing_behind(
        self, site: Flask, media: Path, data: bytes, message: str
    ) -> None:
        with pytest.raises(NotAPictureError, match=message):
            accept(BytesIO(data), "")
        assert not media.exists(), "refused uploads would fill the storage"
        assert not db.session.scalar(select(func.count(Picture.id)))

    def test_without_a_storage_there_are_no_uploads(self, app: Flask) -> None:
        with app.app_context():
            assert not storage.enabled
            with pytest.raises(NotAPictureError, match="cannot be uploaded here"):
                upload()

    def test_a_storage_that_fails_asks_the_visitor_to_come_back(
        self, site: Flask, media: Path
    ) -> None:
        media.write_text("not a folder")
        with pytest.raises(StorageError, match="cannot be written to") as caught:
            upload()
        assert caught.value.code == 503, "the visitor would be told that nobody knows why"
        media.unlink()
        assert remove_unused_after(days=2) == 1, "what was stored could never be found again"


class TestAddress:
    def test_a_stored_picture_is_given_out_as_nothing_else(self, site: Flask) -> None:
        response = get(site, picture_url(upload(kind="PNG")))
        assert response.status_code == 200
        assert opened(response.data).size == (60, 30)
        headers = response.headers
        assert headers["Content-Type"] == "image/png"
        assert headers["X-Content-Type-Options"] == "nosniff", "browsers would guess what it is"
        assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox", (
            "what is hidden in a picture could act as this site"
        )
        assert headers["Content-Disposition"].startswith("inline; filename=")

    def test_browsers_may_keep_it_while_its_address_is_good(self, site: Flask) -> None:
        address = picture_url(upload())
        response = get(site, address)
        seconds = response.cache_control.max_age
        assert seconds is not None
        assert WINDOW_SECONDS <= seconds + 1 <= 2 * WINDOW_SECONDS + 1
        assert response.cache_control.private, "a shared cache would outlast the address"
        assert "Set-Cookie" not in response.headers, "each picture would renew the session"

    def test_an_address_is_the_same_for_a_while_then_ends(
        self, site: Flask, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        picture = upload()
        began = time() // WINDOW_SECONDS * WINDOW_SECONDS
        monkeypatch.setattr("app.media.storage.time.time", lambda: began)
        address = picture_url(picture)
        monkeypatch.setattr("app.media.storage.time.time", lambda: began + WINDOW_SECONDS - 1)
        assert picture_url(picture) == address, "no browser could keep a picture"
        monkeypatch.setattr("app.media.storage.time.time", lambda: began + 2 * WINDOW_SECONDS)
        assert get(site, address).status_code == 404, "a link that got out would be good for ever"

    def test_nobody_can_make_an_address_up(self, site: Flask) -> None:
        key = upload().key
        good, other = storage.url(key), storage.url(upload().key)
        later = good.replace("until=", "until=9")
        for forged in (
            f"/media/{key}",
            later,
            good.replace(key, other[7:43]),
            good.partition("&signature=")[0] + "&signature=AAAA",
            good.replace("until=", "until=x"),
            good.replace("until=", "until=%C2%B2"),
        ):
            assert get(site, forged).status_code == 404, f"{forged} shows what was not shared"

    @pytest.mark.parametrize("key", ["../secret.png", "..%2Fsecret.png", "a.html", "a.png/b"])
    def test_no_address_leads_out_of_the_storage(self, site: Flask, media: Path, key: str) -> None:
        media.mkdir()
        (media.parent / "secret.png").write_bytes(b"secret")
        assert get(site, storage.url(key)).status_code == 404

    def test_a_picture_that_is_gone_is_not_found(self, site: Flask) -> None:
        picture = upload()
        storage.delete(picture.key)
        assert get(site, picture_url(picture)).status_code == 404

    def test_addresses_of_a_storage_that_is_switched_off_are_not_found(
        self, site: Flask, app: Flask
    ) -> None:
        assert get(app, picture_url(upload())).status_code == 404

    def test_a_bucket_gives_its_pictures_out_itself(
        self, site: Flask, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        picture = upload()
        elsewhere = "https://files.s3.eu-central-1.amazonaws.com/a.png?X-Amz-Signature=1"
        asked: list[int] = []

        def address(_key: str, seconds: int) -> str:
            asked.append(seconds)
            return elsewhere

        monkeypatch.setattr(storage.store, "address", address)
        response = get(site, picture_url(picture))
        assert (response.status_code, response.location) == (302, elsewhere)
        assert asked == [views.SIGNED_SECONDS]
        kept = response.cache_control.max_age
        assert kept is not None
        assert kept < views.SIGNED_SECONDS, "browsers would go to an address that has ended"


class TestThumbnail:
    def test_it_is_shown_as_soon_as_it_is_there(self, site: Flask) -> None:
        picture = upload(size=(900, 600))
        assert picture.key in picture_url(picture), "the page would have a hole until then"
        assert make_thumbnail(picture.id)
        shown = get(site, picture_url(picture))
        assert opened(shown.data).size == (480, 320)
        assert shown.content_type == "image/webp"
        assert picture.key in picture_url(picture, thumbnail=False)

    def test_making_it_twice_does_nothing_twice(self, site: Flask, media: Path) -> None:
        picture = upload()
        assert make_thumbnail(picture.id)
        before = {path: path.stat().st_mtime_ns for path in media.iterdir()}
        assert not make_thumbnail(picture.id)
        assert {path: path.stat().st_mtime_ns for path in media.iterdir()} == before

    def test_after_a_crash_in_between_it_is_made_over(self, site: Flask, media: Path) -> None:
        picture = upload()
        make_thumbnail(picture.id)
        db.session.execute(update(Picture).values(thumbnail_key=None))
        db.session.commit()
        db.session.expire_all()
        assert make_thumbnail(picture.id)
        assert len(list(media.iterdir())) == 2, "each crash would leave a file behind"

    def test_a_picture_that_was_swept_meanwhile_leaves_none(
        self, site: Flask, media: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        picture = upload()
        read = storage.read

        def sweep_and_read(key: str) -> bytes:
            data = read(key)
            assert remove_unused_after(days=2) == 1
            return data

        monkeypatch.setattr(storage, "read", sweep_and_read)
        assert not make_thumbnail(picture.id)
        assert not list(media.iterdir()), "nothing would ever lead to that file again"

    def test_lost_jobs_are_found_and_one_that_fails_stops_no_other(self, site: Flask) -> None:
        broken, whole = upload(), upload()
        poll_with(whole)
        poll_with(broken)
        storage.delete(broken.key)
        upload()
        assert sorted(without_thumbnail(db.session)) == [broken.id, whole.id]
        jobs.make_missing_thumbnails()
        assert without_thumbnail(db.session) == [broken.id]


class TestSweep:
    def test_what_no_poll_has_goes_after_a_day(self, site: Flask, media: Path) -> None:
        used, unused = upload(), upload()
        poll_with(used)
        make_thumbnail(used.id)
        make_thumbnail(unused.id)
        assert remove_unused(db.session) == 0, "a picture went while its poll was being made"
        assert remove_unused_after(days=2) == 1
        assert {path.name for path in media.iterdir()} == {used.key, used.thumbnail_key}
        assert db.session.scalars(select(Picture.id)).all() == [used.id]

    def test_what_could_not_be_deleted_is_found_again(
        self, site: Flask, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        picture = upload()

        def fail(_key: str) -> None:
            raise StorageError("away")

        with monkeypatch.context() as patch:
            patch.setattr(storage, "delete", fail)
            with pytest.raises(StorageError):
                remove_unused_after(days=2)
        assert remove_unused(db.session) == 1, "its file would stay for ever"
        with pytest.raises(NotStoredError):
            storage.read(picture.key)


def remove_unused_after(days: int) -> int:
    """Let so much time pass for all pictures, then sweep."""
    long_ago = datetime.now(UTC) - timedelta(days=days)
    db.session.execute(update(Picture).values(created_at=long_ago))
    db.session.commit()
    return remove_unused(db.session)
