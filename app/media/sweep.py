"""What is left to do for pictures: thumbnails that nobody made, uploads that nobody used."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.media.models import Picture
from app.media.storage import storage
from app.polls.models import Poll

# Who sends a form with a picture uses the picture in the same request.
UNUSED_FOR = timedelta(days=1)
BATCH = 100


def without_thumbnail(session: Session) -> list[int]:
    """The ids of pictures in use that have no thumbnail yet, the newest first, BATCH at most."""
    query = select(Picture.id).join(Poll).where(Picture.thumbnail_key.is_(None))
    return list(session.scalars(query.order_by(Picture.id.desc()).limit(BATCH)))


def remove_unused(session: Session) -> int:
    """Delete pictures that no poll has, older than UNUSED_FOR; how many. BATCH at most."""
    unused = select(Picture).outerjoin(Poll).where(Poll.id.is_(None))
    old = (
        unused.where(Picture.created_at < datetime.now(UTC) - UNUSED_FOR)
        .order_by(Picture.id)
        .limit(BATCH)
    )
    found = session.scalars(old).all()
    for picture in found:
        # The row goes last: as long as anything is left, the next sweep finds it.
        for key in filter(None, (picture.thumbnail_key, picture.key)):
            storage.delete(key)
        session.execute(delete(Picture).where(Picture.id == picture.id))
        session.commit()
    return len(found)
