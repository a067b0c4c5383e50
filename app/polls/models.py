"""Tables of the polls."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    SmallInteger,
    String,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.database import Base, UtcDateTime
from app.media.models import Picture

TITLE_LENGTH = 140
LABEL_LENGTH = 100


class Poll(Base):
    """A question with two to ten options."""

    __tablename__ = "polls"
    # For the worker, which looks every minute: it holds only the polls that are still to close.
    __table_args__ = (
        Index(
            None,
            "closes_at",
            postgresql_where=text("closes_at IS NOT NULL AND closed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, server_default=func.now())
    # No vote counts after `closes_at`; at `closed_at` the worker has made the result final.
    closes_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Polls made before there were accounts have no author.
    author_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    picture_id: Mapped[int | None] = mapped_column(
        ForeignKey("pictures.id", ondelete="SET NULL"), unique=True
    )
    author: Mapped[User | None] = relationship()
    picture: Mapped[Picture | None] = relationship()
    options: Mapped[list[Option]] = relationship(
        back_populates="poll", order_by="Option.position", passive_deletes=True
    )

    @property
    def is_open(self) -> bool:
        """Whether a vote would count now, by the clock of this machine: to show, not to decide."""
        due = self.closes_at is not None and self.closes_at <= datetime.now(UTC)
        return self.closed_at is None and not due


class Option(Base):
    """One answer of a poll."""

    __tablename__ = "options"
    # The second lets a vote refer to an option of its own poll only.
    __table_args__ = (UniqueConstraint("poll_id", "position"), UniqueConstraint("id", "poll_id"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    poll_id: Mapped[int] = mapped_column(ForeignKey("polls.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(SmallInteger)
    label: Mapped[str] = mapped_column(String(LABEL_LENGTH))
    poll: Mapped[Poll] = relationship(back_populates="options")


class Vote(Base):
    """A visitor's choice; the key allows one in each poll."""

    __tablename__ = "votes"
    __table_args__ = (
        ForeignKeyConstraint(
            ["option_id", "poll_id"], ["options.id", "options.poll_id"], ondelete="CASCADE"
        ),
    )

    poll_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    visitor: Mapped[UUID] = mapped_column(primary_key=True)
    option_id: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, server_default=func.now())
