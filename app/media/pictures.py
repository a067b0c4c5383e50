"""Pictures from upload to thumbnail to removal."""

from __future__ import annotations

from typing import IO, Any, cast

from flask import current_app
from sqlalchemy import CursorResult, update

from app.database import db
from app.media.images import NotAPictureError, redraw, shrink
from app.media.models import Picture
from app.media.storage import content_type_of, new_key, small_key, storage

__all__ = ["DESCRIPTION_LENGTH", "NotAPictureError", "accept", "make_thumbnail", "picture_url"]

DESCRIPTION_LENGTH = 200
MEBIBYTE = 1024 * 1024


def accept(stream: IO[bytes], description: str = "") -> Picture:
    """Store an upload; commits its row, which is swept unless something refers to it in a day.

    NotAPictureError when it is none that can be used, StorageError when it cannot be stored.
    """
    if not storage.enabled:
        raise NotAPictureError("Pictures cannot be uploaded here. Go on without one.")
    drawn = redraw(_read(stream, current_app.config["CONFIG"].max_upload_bytes))
    picture = Picture(
        key=new_key(drawn.content_type),
        thumbnail_key=None,
        content_type=drawn.content_type,
        size_bytes=len(drawn.data),
        width=drawn.width,
        height=drawn.height,
        description=description[:DESCRIPTION_LENGTH],
    )
    db.session.add(picture)
    # First the row, then the bytes: what is in the storage can be found, and swept, by its row.
    db.session.commit()
    storage.save(picture.key, drawn.data, drawn.content_type)
    return picture


def picture_url(picture: Picture, thumbnail: bool = True, *, external: bool = False) -> str:
    """The address of a picture, or of its thumbnail as soon as there is one."""
    key = picture.thumbnail_key if thumbnail and picture.thumbnail_key else picture.key
    return storage.url(key, external=external)


def make_thumbnail(picture_id: int) -> bool:
    """Make the thumbnail unless it is there; whether it was made now.

    Done twice at once it leaves one file, as its name follows from the picture's.
    """
    picture = db.session.get(Picture, picture_id)
    if picture is None or picture.thumbnail_key is not None:
        return False
    key = small_key(picture.key)
    storage.save(key, shrink(storage.read(picture.key)).data, content_type_of(key))
    change = update(Picture).where(Picture.id == picture_id).values(thumbnail_key=key)
    there = cast("CursorResult[Any]", db.session.execute(change)).rowcount
    db.session.commit()
    if not there:
        # A sweep was faster: nothing leads to this file any more.
        storage.delete(key)
    return bool(there)


def _read(stream: IO[bytes], limit_bytes: int) -> bytes:
    data = stream.read(limit_bytes + 1)
    if not data:
        raise NotAPictureError("The file is empty. Choose another picture.")
    if len(data) > limit_bytes:
        raise NotAPictureError(
            f"The file is too large: at most {limit_bytes / MEBIBYTE:.3g} MiB are taken. "
            "Make the picture smaller or choose another."
        )
    return data
