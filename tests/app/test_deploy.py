import logging
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from click.testing import CliRunner, Result
from flask import Flask
from flask.cli import FlaskGroup
from sqlalchemy import select, text

from app import create_app
from app.accounts.models import User
from app.accounts.registry import authenticate, create_user
from app.database import db
from app.deploy import lock, schema, waiting
from app.deploy.problems import DeployError
from app.deploy.steps import deploy
from app.tables import Base
from tests.app.conftest import SECRET_KEY, MakeConfig, engine_of

PASSWORD = "four-words-make-a-password"
ROOT = Path(__file__).parents[2]
TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"


def tables(address: str) -> set[str]:
    with psycopg.connect(address) as connection:
        return {name for (name,) in connection.execute(TABLES)}


def test_the_first_release_makes_the_tables_and_the_second_changes_nothing(
    empty_database: str, make_config: MakeConfig, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    deploy(make_config(empty_database))
    assert tables(empty_database) == {"alembic_version", *Base.metadata.tables}
    assert "Applied 0001: Polls, their options and votes." in caplog.text
    assert caplog.messages[-1] == "Release step done: the schema is up to date (0003, was empty)."
    caplog.clear()
    deploy(make_config(empty_database))
    assert "Applied" not in caplog.text
    assert caplog.messages[-1] == (
        "Release step done: the schema is up to date (0003, nothing to do)."
    )


@pytest.mark.processes
def test_releases_at_the_same_time_apply_each_migration_once(empty_database: str) -> None:
    environment = {
        "DATABASE_URL": empty_database,
        "SECRET_KEY": SECRET_KEY,
    }
    command = [str(Path(sys.executable).with_name("flask")), "deploy"]
    with psycopg.connect(empty_database) as holder:
        # Both meet the lock; let go, they run for it.
        holder.execute("SELECT pg_advisory_lock(%s)", [lock.LOCK])
        started = [
            subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
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
    monkeypatch.setattr(lock, "PAUSE_SECONDS", 0.02)
    monkeypatch.setattr(lock, "PATIENCE_SECONDS", 0.1)
    with psycopg.connect(empty_database) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [lock.LOCK])
        with pytest.raises(DeployError, match="Another release has held its lock"):
            deploy(make_config(empty_database))
    assert "Waiting for another release" in caplog.text
    assert tables(empty_database) == set()
    deploy(make_config(empty_database))
    assert "polls" in tables(empty_database)


def test_a_release_gives_its_lock_back_before_its_connection_ends(app: Flask) -> None:
    engine = engine_of(app)
    with engine.connect() as first, engine.connect() as second:
        with lock.alone(first):
            assert not second.scalar(text(lock.TAKE["postgresql"])), "the test cannot fail"
        assert second.scalar(text(lock.TAKE["postgresql"])), "the next release would wait"
        second.execute(text(lock.GIVE["postgresql"]))


def test_a_failed_migration_leaves_nothing_behind_and_gives_the_reason(
    empty_database: str, make_config: MakeConfig
) -> None:
    with psycopg.connect(empty_database) as connection:
        connection.execute("CREATE TABLE votes (id int)")
    with pytest.raises(DeployError, match='relation "votes" already exists'):
        deploy(make_config(empty_database))
    assert tables(empty_database) - {"alembic_version"} == {"votes"}, (
        "a half-made schema would stay"
    )
    with psycopg.connect(empty_database) as connection:
        held = connection.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
        assert held.fetchone() == (0,), "no later release could run"


def test_an_older_release_leaves_a_newer_schema_alone(
    empty_database: str, make_config: MakeConfig, caplog: pytest.LogCaptureFixture
) -> None:
    deploy(make_config(empty_database))
    with psycopg.connect(empty_database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    deploy(make_config(empty_database))
    assert "newer than this release" in caplog.text, "a rollback of the image would not start"


def test_a_database_out_of_reach_ends_the_release_with_advice(
    make_config: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "PATIENCE_SECONDS", -1)
    with pytest.raises(DeployError) as caught:
        deploy(make_config("postgresql://app:hidden@127.0.0.1:1/polls"))
    assert "127.0.0.1:1/polls cannot be reached" in str(caught.value)
    assert "Check DATABASE_URL" in str(caught.value)
    assert "hidden" not in str(caught.value), "the log would hold the password"


Run = Callable[..., Result]


@pytest.fixture
def run(empty_database: str, own_logging: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Run `flask` with the arguments, and with changes to the settings."""
    # Flask sets it for the rest of the process.
    monkeypatch.setenv("FLASK_RUN_FROM_CLI", "")
    made: list[Flask] = []

    def create() -> Flask:
        made.append(create_app())
        return made[-1]

    def run(*arguments: str, **changes: str) -> Result:
        settings = {"DATABASE_URL": empty_database, "SECRET_KEY": SECRET_KEY}
        group = FlaskGroup(create_app=create)
        return CliRunner().invoke(group, arguments, env=settings | changes)

    yield run
    for app in made:
        if "CONFIG" in app.config:
            engine_of(app).dispose()


def test_a_fault_ends_the_command_without_a_stack_trace(empty_database: str, run: Run) -> None:
    with psycopg.connect(empty_database) as connection:
        connection.execute("CREATE TABLE votes (id int)")
    ended = run("deploy")
    assert ended.exit_code == 1, "a deploy would go on with the old schema"
    assert "Correct it and run the release again." in ended.stderr
    assert ended.stderr.endswith("\nrelease failed: exit code 1.\n"), (
        "the last line says too little"
    )
    assert "Traceback" not in ended.output


def test_wrong_settings_end_the_command_with_all_of_them(run: Run) -> None:
    ended = run("deploy", SECRET_KEY="short", DATABASE_URL="mongodb://x/y")
    assert ended.exit_code == 2, "wrong settings would look like a fault of the database"
    assert "SECRET_KEY: " in ended.stderr
    assert "DATABASE_URL: " in ended.stderr
    assert ended.stderr.endswith("\nrelease failed: exit code 2.\n")
    assert "Traceback" not in ended.output


def test_wrong_settings_leave_the_list_of_commands_readable(run: Run) -> None:
    ended = run("--help", SECRET_KEY="short")
    assert ended.exit_code == 0
    assert "deploy" in ended.stdout, "nobody would learn what there is"
    assert "Traceback" not in ended.output


@pytest.mark.parametrize("command", [("db", "new", "Purpose"), ("routes",)])
def test_every_other_command_says_what_is_wrong_with_the_settings(
    run: Run, command: tuple[str, ...]
) -> None:
    ended = run(*command, SECRET_KEY="short")
    assert ended.exit_code == 2
    assert "SECRET_KEY: " in ended.stderr
    assert "Traceback" not in ended.output


@pytest.mark.processes
def test_sigterm_ends_the_command_while_it_waits(empty_database: str) -> None:
    environment = {"DATABASE_URL": empty_database, "SECRET_KEY": SECRET_KEY}
    with psycopg.connect(empty_database) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [lock.LOCK])
        command = [str(Path(sys.executable).with_name("flask")), "deploy"]
        with subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                if "Waiting for another release" in line:
                    break
            process.terminate()
            assert process.wait(10) == 143, "the platform would have to kill it"


def test_the_administrator_of_the_settings_is_made_once(
    empty_database: str,
    make_config: MakeConfig,
    make_app: Callable[..., Flask],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    settings = {"admin_email": "Admin@example.org", "admin_password": PASSWORD}
    deploy(make_config(empty_database, **settings))
    assert "Administrator: made; signs in with ADMIN_PASSWORD." in caplog.messages
    assert PASSWORD not in caplog.text, "the log would hold the password"
    assert "example.org" not in caplog.text, "the log would hold an address"
    deploy(make_config(empty_database, **settings | {"admin_password": PASSWORD[::-1]}))
    assert "Administrator: there is one." in caplog.messages
    with make_app(empty_database).app_context():
        (user,) = db.session.scalars(select(User)).all()
        assert user.is_administrator
        found = authenticate(db.session, "admin@example.org", PASSWORD)
        assert found is user, "a release would reset the password"


def test_an_author_with_the_administrator_s_address_stays_an_author(
    empty_database: str,
    make_config: MakeConfig,
    make_app: Callable[..., Flask],
    caplog: pytest.LogCaptureFixture,
) -> None:
    deploy(make_config(empty_database))
    with make_app(empty_database).app_context():
        create_user(db.session, email="admin@example.org", name="Mallory", password=PASSWORD)
    deploy(make_config(empty_database, admin_email="admin@example.org", admin_password=PASSWORD))
    assert "set an address that has no account" in caplog.text
    with make_app(empty_database).app_context():
        (user,) = db.session.scalars(select(User)).all()
        assert not user.is_administrator, "who registers the address would rule the site"


def test_an_administrator_without_a_password_has_to_ask_for_one(
    empty_database: str, make_config: MakeConfig, make_app: Callable[..., Flask]
) -> None:
    deploy(make_config(empty_database, admin_email="admin@example.org"))
    with make_app(empty_database).app_context():
        (user,) = db.session.scalars(select(User)).all()
        assert user.password_hash is None, "there would be a password that somebody knows"


def test_migrations_can_be_undone_and_done_again(empty_database: str, run: Run) -> None:
    assert run("deploy").exit_code == 0
    assert run("db", "check").exit_code == 0
    assert run("db", "back", "--yes").exit_code == 0
    assert "users" not in tables(empty_database)
    refused = run("db", "check")
    assert refused.exit_code == 1
    assert "Traceback" not in refused.output
    assert run("deploy").exit_code == 0
    assert run("db", "check").exit_code == 0


def test_a_new_migration_is_written_from_the_models(
    empty_database: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("deploy")
    copy = tmp_path / "migrations"
    shutil.copytree(schema.MIGRATIONS, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(schema, "MIGRATIONS", copy)
    with psycopg.connect(empty_database) as connection:
        connection.execute("ALTER TABLE users DROP COLUMN disabled_at")
    ended = run("db", "new", "Accounts can be disabled.")
    assert ended.exit_code == 0, ended.output
    (written,) = copy.glob("versions/0004_*.py")
    migration = written.read_text()
    assert migration.startswith('"""Accounts can be disabled.\n'), (
        "the log would not say what it is"
    )
    assert 'op.add_column("users", sa.Column("disabled_at", UtcDateTime' in migration.replace(
        "'", '"'
    )
    assert "from app.database.columns import UtcDateTime" in migration, "it would not run"
    assert run("deploy").exit_code == 0
    assert run("db", "check").exit_code == 0


def test_the_migrations_make_what_the_models_describe(app: Flask) -> None:
    with engine_of(app).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        missing = compare_metadata(context, Base.metadata)
    assert missing == [], "a table or column of the program would not exist in production"
