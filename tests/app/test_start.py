"""`web` is ready within 2.5 s on a quarter of a core: what its start may not cost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.app.conftest import SECRET_KEY

ROOT = Path(__file__).parents[2]
# Each costs a visitor nothing until it is used, and every start a tenth of the time it has.
# A function that needs one imports it itself.
AFTER_THE_START = [
    "PIL",
    "alembic",
    "argon2",
    "asyncpg",
    "boto3",
    "botocore",
    "brotli",
    "celery",
    "dns",
    "email_validator",
    "kombu",
    "opentelemetry",
    "pymysql",
    "redis",
    "requests",
    "sentry_sdk",
    "sqlalchemy.dialects.mysql",
    "urllib3",
]
PROGRAM = """
import gc, sys
import app.__main__
from app.server import load_application
from app.config import load_config
load_application(load_config())
print(gc.isenabled(), gc.get_freeze_count())
print(*sorted(sys.modules))
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What the program tells when all is done but to listen."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=tmp_path_factory.mktemp("start"),
        env={
            "PYTHONPATH": str(ROOT),
            "DATABASE_URL": "postgresql://app:password@127.0.0.1:1/app",
            "SECRET_KEY": SECRET_KEY,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def imported(told: list[str]) -> frozenset[str]:
    return frozenset(told[-1].split())


def test_the_start_imports_the_application(imported: frozenset[str]) -> None:
    assert {"app", "flask", "sqlalchemy", "app.polls.views"} <= imported, (
        "the tests below would pass without finding anything"
    )


@pytest.mark.parametrize("package", AFTER_THE_START)
def test_what_no_request_needs_at_once_is_imported_later(
    package: str, imported: frozenset[str]
) -> None:
    assert package not in imported, (
        f"`python -X importtime -m app web` shows who imports {package}: import it in the function"
    )


def test_garbage_is_collected_again_after_the_start(told: list[str]) -> None:
    enabled, frozen = told[-2].split()
    assert enabled == "True", "the process would grow until it is killed"
    assert int(frozen) > 100_000, "each collection would look at the whole application"
