"""Tables of jobs: what has been done, and what failed for good."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Identity, SmallInteger, String, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, UtcDateTime

KEY_LENGTH = 160
ERROR_LENGTH = 500


class JobDone(Base):
    """A job that has had its effect; saved in the transaction of that effect, so never twice."""

    __tablename__ = "jobs_done"

    key: Mapped[str] = mapped_column(String(KEY_LENGTH), primary_key=True)
    done_at: Mapped[datetime] = mapped_column(UtcDateTime, server_default=func.now(), index=True)


class FailedJob(Base):
    """A job that was given up, kept for an administrator's look."""

    __tablename__ = "failed_jobs"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    # Celery's id: a job that fails a second time is the same row.
    job_id: Mapped[str] = mapped_column(String(64), unique=True)
    task: Mapped[str] = mapped_column(String(100))
    arguments: Mapped[str] = mapped_column(Text)
    error: Mapped[str] = mapped_column(String(ERROR_LENGTH))
    attempts: Mapped[int] = mapped_column(SmallInteger)
    failed_at: Mapped[datetime] = mapped_column(UtcDateTime, server_default=func.now())
    retried_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
