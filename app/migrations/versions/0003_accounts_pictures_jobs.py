"""Accounts, pictures, mails, and what is known of jobs."""

import sqlalchemy as sa
from alembic import op

from app.database.columns import UtcDateTime

revision = "0003"
down_revision = "0002"

NOW = sa.func.now()


def upgrade() -> None:
    _create_accounts()
    _create_pictures()
    _create_jobs()
    # Counts are not worth a write-ahead log: a crash may forget them.
    op.create_table(
        "rate_counts",
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("hits", sa.Integer, nullable=False),
        sa.Column("ends_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_rate_counts"),
        prefixes=["UNLOGGED"] if op.get_bind().dialect.name == "postgresql" else [],
    )
    op.create_index("ix_rate_counts_ends_at", "rate_counts", ["ends_at"])
    op.add_column("polls", sa.Column("author_id", sa.BigInteger))
    op.add_column("polls", sa.Column("picture_id", sa.BigInteger))
    for column, table in {"author_id": "users", "picture_id": "pictures"}.items():
        op.create_foreign_key(
            f"fk_polls_{column}", "polls", table, [column], ["id"], ondelete="SET NULL"
        )
    op.create_index("ix_polls_author_id", "polls", ["author_id"])
    op.create_unique_constraint("uq_polls_picture_id", "polls", ["picture_id"])


def _create_accounts() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("password_hash", sa.String(255)),
        sa.Column("role", sa.String(16), server_default="author", nullable=False),
        sa.Column("session_epoch", sa.Integer, server_default="0", nullable=False),
        sa.Column("created_at", UtcDateTime, server_default=NOW, nullable=False),
        sa.Column("signed_in_at", UtcDateTime),
        sa.Column("disabled_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("email", name="uq_users_email"),
        sa.CheckConstraint("role IN ('author', 'administrator')", name="ck_users_role"),
    )
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("created_at", UtcDateTime, server_default=NOW, nullable=False),
        sa.Column("expires_at", UtcDateTime),
        sa.Column("last_used_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_api_tokens"),
        sa.UniqueConstraint("digest", name="uq_api_tokens_digest"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_api_tokens_user_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_api_tokens_user_id", "api_tokens", ["user_id"])


def _create_pictures() -> None:
    op.create_table(
        "pictures",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("thumbnail_key", sa.String(64)),
        sa.Column("content_type", sa.String(32), nullable=False),
        sa.Column("size_bytes", sa.Integer, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("description", sa.String(200), server_default="", nullable=False),
        sa.Column("created_at", UtcDateTime, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_pictures"),
        sa.UniqueConstraint("key", name="uq_pictures_key"),
        sa.UniqueConstraint("thumbnail_key", name="uq_pictures_thumbnail_key"),
    )


def _create_jobs() -> None:
    op.create_table(
        "jobs_done",
        sa.Column("key", sa.String(160), nullable=False),
        sa.Column("done_at", UtcDateTime, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_jobs_done"),
    )
    op.create_index("ix_jobs_done_done_at", "jobs_done", ["done_at"])
    op.create_table(
        "failed_jobs",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("job_id", sa.String(64), nullable=False),
        sa.Column("task", sa.String(100), nullable=False),
        sa.Column("arguments", sa.Text, nullable=False),
        sa.Column("error", sa.String(500), nullable=False),
        sa.Column("attempts", sa.SmallInteger, nullable=False),
        sa.Column("failed_at", UtcDateTime, server_default=NOW, nullable=False),
        sa.Column("retried_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_failed_jobs"),
        sa.UniqueConstraint("job_id", name="uq_failed_jobs_job_id"),
    )
    op.create_table(
        "mails",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("key", sa.String(160), nullable=False),
        sa.Column("recipient", sa.String(254), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("attempts", sa.SmallInteger, server_default="0", nullable=False),
        sa.Column("created_at", UtcDateTime, server_default=NOW, nullable=False),
        sa.Column("sent_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_mails"),
        sa.UniqueConstraint("key", name="uq_mails_key"),
    )


def downgrade() -> None:
    op.drop_constraint("uq_polls_picture_id", "polls", type_="unique")
    op.drop_index("ix_polls_author_id", "polls")
    for column in ("author_id", "picture_id"):
        op.drop_constraint(f"fk_polls_{column}", "polls", type_="foreignkey")
        op.drop_column("polls", column)
    for table in (
        "rate_counts",
        "mails",
        "failed_jobs",
        "jobs_done",
        "pictures",
        "api_tokens",
        "users",
    ):
        op.drop_table(table)
