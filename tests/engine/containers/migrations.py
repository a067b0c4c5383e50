"""Migrations that a release of the copy runs."""

from tests.engine.releasing import Project

BROKEN, SLOW, GOOD = "SELECT 1 / 0", "SELECT pg_sleep(30)", "SELECT 1"


def write_migration(project: Project, statement: str) -> None:
    """Make this the newest migration of the copy."""
    versions = project.folder / "app" / "migrations" / "versions"
    head = max(path.stem[:4] for path in versions.glob("0*.py"))
    (versions / "9001_test.py").write_text(
        f"""from alembic import op

revision, down_revision = "9001", "{head}"


def upgrade() -> None:
    op.execute("{statement}")
"""
    )
