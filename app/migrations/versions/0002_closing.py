"""Polls can close at a time."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("polls", sa.Column("closes_at", sa.DateTime(timezone=True)))
    op.add_column("polls", sa.Column("closed_at", sa.DateTime(timezone=True)))
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
