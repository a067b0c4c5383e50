"""Jobs of the pictures, done by the worker."""

from __future__ import annotations

import logging

from celery import shared_task  # type: ignore[import-untyped]

from app.database import db
from app.jobs import names
from app.media import pictures, sweep
from app.media.images import NotAPictureError
from app.media.storage import NotStoredError

log = logging.getLogger(__name__)


@shared_task(name=names.MAKE_THUMBNAIL)  # type: ignore[untyped-decorator]
def make_thumbnail(picture_id: int) -> None:
    """Make the thumbnail of one picture; does nothing when it is done a second time."""
    _make(picture_id)


@shared_task(name=names.MAKE_MISSING_THUMBNAILS)  # type: ignore[untyped-decorator]
def make_missing_thumbnails() -> None:
    """Make the thumbnails whose jobs got lost; one that cannot be made is no reason to stop."""
    for picture_id in sweep.without_thumbnail(db.session):
        try:
            _make(picture_id)
        except (NotAPictureError, NotStoredError) as error:
            log.warning("Picture %s has no thumbnail: %s", picture_id, error)


@shared_task(name=names.SWEEP_MEDIA)  # type: ignore[untyped-decorator]
def remove_unused() -> None:
    """Delete uploads that no poll has."""
    if removed := sweep.remove_unused(db.session):
        log.info("Removed %s pictures that no poll has.", removed)


def _make(picture_id: int) -> None:
    if pictures.make_thumbnail(picture_id):
        log.info("Made the thumbnail of picture %s.", picture_id)
