"""Table of mails."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Identity, SmallInteger, String, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, UtcDateTime


class Mail(Base):
    """A message to one person; its text goes when it is sent, as it may hold a secret link."""

    __tablename__ = "mails"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    # Says what the mail is about, so that no second one is written: `result:12`.
    key: Mapped[str] = mapped_column(String(160), unique=True)
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, server_default=func.now())
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
