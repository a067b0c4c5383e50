"""Polls, their options and votes."""

import sqlalchemy as sa
from alembic import op

from app.database.columns import UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        # MySQL: texts in every script, and alike only when they are the same, as on Postgres.
        op.execute("ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
    op.create_table(
        "polls",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("title", sa.String(140), nullable=False),
        sa.Column("created_at", UtcDateTime, server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_polls"),
    )
    op.create_table(
        "options",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("poll_id", sa.BigInteger, nullable=False),
        sa.Column("position", sa.SmallInteger, nullable=False),
        sa.Column("label", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_options"),
        sa.ForeignKeyConstraint(
            ["poll_id"], ["polls.id"], name="fk_options_poll_id", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("poll_id", "position", name="uq_options_poll_id_position"),
        sa.UniqueConstraint("id", "poll_id", name="uq_options_id_poll_id"),
    )
    op.create_table(
        "votes",
        sa.Column("poll_id", sa.BigInteger, nullable=False),
        sa.Column("visitor", sa.Uuid, nullable=False),
        sa.Column("option_id", sa.BigInteger, nullable=False),
        sa.Column("created_at", UtcDateTime, server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("poll_id", "visitor", name="pk_votes"),
        sa.ForeignKeyConstraint(
            ["option_id", "poll_id"],
            ["options.id", "options.poll_id"],
            name="fk_votes_option_id_poll_id",
            ondelete="CASCADE",
        ),
    )


def downgrade() -> None:
    op.drop_table("votes")
    op.drop_table("options")
    op.drop_table("polls")
