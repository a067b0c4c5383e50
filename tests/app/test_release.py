import logging
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask

from app import release
from app.__main__ import main
from app.release import ReleaseError
from app.tables import Base
from tests.app.conftest import SECRET_KEY, MakeConfig, engine_of

ROOT = Path(__file__).parents[2]
TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"


def tables(address: str) -> set[str]:
    with psycopg.connect(address) as connection:
        return {name for (name,) in connection.execute(TABLES)}


def test_the_first_release_makes_the_tables_and_the_second_changes_nothing(
    empty_database: str, make_config: MakeConfig, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    release.release(make_config(empty_database))
    assert tables(empty_database) == {"alembic_version", *Base.metadata.tables}
    assert "Applied 0001: Polls, their options and votes." in caplog.text
    assert caplog.messages[-1] == "Release step done: the schema is up to date (0003, was empty)."
    caplog.clear()
    release.release(make_config(empty_database))
    assert "Applied" not in caplog.text
    assert caplog.messages[-1] == (
        "Release step done: the schema is up to date (0003, nothing to do)."
    )


def test_releases_at_the_same_time_apply_each_migration_once(empty_database: str) -> None:
    environment = {
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": empty_database,
        "SECRET_KEY": SECRET_KEY,
    }
    command = [sys.executable, "-m", "app", "release"]
    with psycopg.connect(empty_database) as holder:
        # Both meet the lock; let go, they run for it.
        holder.execute("SELECT pg_advisory_lock(%s)", [release.LOCK])
        started = [
            subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
            for _ in range(2)
        ]
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'app-release'"
        deadline = time.monotonic() + 60
        while holder.execute(waiting).fetchone() != (2,) and time.monotonic() < deadline:
            holder.commit()
            time.sleep(0.05)
    outputs = [process.communicate(timeout=60)[0] for process in started]
    assert [process.returncode for process in started] == [0, 0], "one of two deploys would fail"
    applied = "".join(outputs).count("Applied 0001")
    assert applied == 1, "two releases would work on the schema at once"


def test_a_release_waits_for_another_and_says_so(
    empty_database: str,
    make_config: MakeConfig,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(release, "PAUSE_SECONDS", 0.02)
    monkeypatch.setattr(release, "LOCK_PATIENCE_SECONDS", 0.1)
    with psycopg.connect(empty_database) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [release.LOCK])
        with pytest.raises(ReleaseError, match="Another release has held its lock"):
            release.release(make_config(empty_database))
    assert "Waiting for another release" in caplog.text
    assert tables(empty_database) == set()
    release.release(make_config(empty_database))
    assert "polls" in tables(empty_database)


def test_a_failed_migration_leaves_nothing_behind_and_gives_the_reason(
    empty_database: str, make_config: MakeConfig
) -> None:
    with psycopg.connect(empty_database) as connection:
        connection.execute("CREATE TABLE votes (id int)")
    with pytest.raises(ReleaseError, match='relation "votes" already exists'):
        release.release(make_config(empty_database))
    assert tables(empty_database) - {"alembic_version"} == {"votes"}, (
        "a half-made schema would stay"
    )
    with psycopg.connect(empty_database) as connection:
        held = connection.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
        assert held.fetchone() == (0,), "no later release could run"


def test_an_older_release_leaves_a_newer_schema_alone(
    empty_database: str, make_config: MakeConfig, caplog: pytest.LogCaptureFixture
) -> None:
    release.release(make_config(empty_database))
    with psycopg.connect(empty_database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    release.release(make_config(empty_database))
    assert "newer than this release" in caplog.text, "a rollback of the image would not start"


def test_a_database_out_of_reach_ends_the_release_with_advice(
    make_config: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(release, "DATABASE_PATIENCE_SECONDS", -1)
    with pytest.raises(ReleaseError) as caught:
        release.release(make_config("postgresql://app:hidden@127.0.0.1:1/polls"))
    assert "127.0.0.1:1/polls cannot be reached" in str(caught.value)
    assert "Check DATABASE_URL" in str(caught.value)
    assert "hidden" not in str(caught.value), "the log would hold the password"


def test_a_fault_ends_the_process_without_a_stack_trace(
    empty_database: str,
    monkeypatch: pytest.MonkeyPatch,
    own_logging: None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with psycopg.connect(empty_database) as connection:
        connection.execute("CREATE TABLE votes (id int)")
    monkeypatch.setenv("DATABASE_URL", empty_database)
    monkeypatch.setenv("SECRET_KEY", SECRET_KEY)
    assert main(["release"]) == 1, "a deploy would go on with the old schema"
    printed = capsys.readouterr()
    assert "Correct it and run the release again." in printed.err
    assert printed.err.endswith("\nrelease failed: exit code 1.\n"), "the last line says too little"
    assert "Traceback" not in printed.out + printed.err


def test_the_migrations_make_what_the_models_describe(app: Flask) -> None:
    with engine_of(app).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        missing = compare_metadata(context, Base.metadata)
    assert missing == [], "a table or column of the program would not exist in production"
