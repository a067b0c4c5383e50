"""Table of pictures."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Identity, Integer, String, func
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, UtcDateTime

KEY_LENGTH = 64


class Picture(Base):
    """An uploaded picture; its bytes are in the storage, under names that cannot be guessed."""

    __tablename__ = "pictures"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    key: Mapped[str] = mapped_column(String(KEY_LENGTH), unique=True)
    # None until the worker has made it.
    thumbnail_key: Mapped[str | None] = mapped_column(String(KEY_LENGTH), unique=True)
    content_type: Mapped[str] = mapped_column(String(32))
    size_bytes: Mapped[int] = mapped_column(Integer)
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    description: Mapped[str] = mapped_column(String(200), default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, server_default=func.now())
