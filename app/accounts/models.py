"""Tables of accounts."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Integer, String, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, UtcDateTime

# The longest address that can be delivered to [RFC 5321 4.5.3.1.3, less the brackets].
EMAIL_LENGTH = 254
NAME_LENGTH = 80


class Role(StrEnum):
    """What a person may do: authors have polls of their own, administrators see to everything."""

    AUTHOR = "author"
    ADMINISTRATOR = "administrator"


class User(Base):
    """A person who can sign in; without a password hash only after a reset by mail."""

    __tablename__ = "users"
    __table_args__ = (CheckConstraint("role IN ('author', 'administrator')", name="role"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    # In lower case, so that one person does not become two.
    email: Mapped[str] = mapped_column(String(EMAIL_LENGTH), unique=True)
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    password_hash: Mapped[str | None] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(String(16), default=Role.AUTHOR, server_default=Role.AUTHOR)
    # Part of every session: raised when the password changes, which ends all sessions at once.
    session_epoch: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, server_default=func.now())
    signed_in_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tokens: Mapped[list[ApiToken]] = relationship(back_populates="user", passive_deletes=True)

    # What Flask-Login asks of a user.
    is_authenticated = True
    is_anonymous = False

    @property
    def is_active(self) -> bool:
        """Whether the account may be used."""
        return self.disabled_at is None

    @property
    def is_administrator(self) -> bool:
        """Whether its owner looks after the site."""
        return self.role == Role.ADMINISTRATOR

    def get_id(self) -> str:
        """What a session remembers: it no longer names the account once the epoch is raised."""
        return f"{self.id}:{self.session_epoch}"


class ApiToken(Base):
    """What a program signs in with; only a digest is kept."""

    __tablename__ = "api_tokens"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, server_default=func.now())
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    user: Mapped[User] = relationship(back_populates="tokens")
