"""Polls can close at a time."""

import sqlalchemy as sa
from alembic import op

from app.database.columns import UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("polls", sa.Column("closes_at", UtcDateTime))
    op.add_column("polls", sa.Column("closed_at", UtcDateTime))
    op.create_index(
        "ix_polls_closes_at",
        "polls",
        ["closes_at"],
        postgresql_where=sa.text("closes_at IS NOT NULL AND closed_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_polls_closes_at", "polls")
    op.drop_column("polls", "closed_at")
    op.drop_column("polls", "closes_at")
