"""The role that the release step makes, on a server that knows logins by token as RDS does."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from itertools import count

import psycopg
import pytest
from sqlalchemy import make_url

from app.config import Config
from app.deploy.steps import deploy
from local.postgres import Postgres
from tests.app.conftest import MakeConfig

NUMBERS = count(1)
OWNER_PASSWORD = "p@ss/word-of-the-owner"


class Prepared:
    """A database of an owner who is no superuser, as on RDS, and a role that is not there yet."""

    def __init__(self, server: Postgres, make_config: MakeConfig) -> None:
        number = next(NUMBERS)
        self.owner, self.role, self.name = f"owner_{number}", f"app-{number}", f"role_{number}"
        self._admin = server.url_of("postgres", role="postgres")
        self._url = server.url_of(self.name, role="postgres")
        self.run_as_admin(
            f"CREATE ROLE {self.owner} LOGIN CREATEROLE PASSWORD '{OWNER_PASSWORD}'",
            f"CREATE DATABASE {self.name} OWNER {self.owner}",
        )
        place = make_url(self._admin)
        self.config: Config = make_config(
            "postgresql://unused/unused",
            database_host=place.host,
            database_port=place.port,
            database_name=self.name,
            database_sslmode="disable",
            database_auth="iam",
            aws_region="eu-central-1",
            database_user=self.role,
            database_owner_user=self.owner,
            database_owner_password=OWNER_PASSWORD,
        )

    def run_as_admin(self, *statements: str) -> None:
        with psycopg.connect(self._admin, autocommit=True) as admin:
            for statement in statements:
                admin.execute(statement.encode())

    def run(self, statement: str, role: str) -> list[tuple[object, ...]]:
        """Run a statement with the rights of the role."""
        with psycopg.connect(self._url) as connection:
            connection.execute(f'SET SESSION AUTHORIZATION "{role}"'.encode())
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []


@pytest.fixture
def prepared(postgres: Postgres, make_config: MakeConfig) -> Iterator[Prepared]:
    made = Prepared(postgres, make_config)
    yield made
    postgres.drop_database(made.name)
    made.run_as_admin(f'DROP ROLE IF EXISTS "{made.role}"', f"DROP ROLE {made.owner}")


@pytest.fixture
def token_login(prepared: Prepared) -> Iterator[None]:
    """The role of RDS whose members log in by token; its owner may hand it on."""
    prepared.run_as_admin(
        "CREATE ROLE rds_iam", f"GRANT rds_iam TO {prepared.owner} WITH ADMIN OPTION"
    )
    yield
    # The owner's grants to others go with the owner.
    prepared.run_as_admin(f"REVOKE rds_iam FROM {prepared.owner} CASCADE", "DROP ROLE rds_iam")


Refused = Callable[[str], None]


@pytest.fixture
def refused(prepared: Prepared) -> Refused:
    def check(statement: str) -> None:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            prepared.run(statement, prepared.role)

    return check


def test_the_role_is_made_once_and_the_second_release_changes_nothing(
    prepared: Prepared, token_login: None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    deploy(prepared.config)
    role = prepared.role
    assert f"Role {role}: made, without a password." in caplog.messages
    assert f"Role {role}: may log in by token." in caplog.messages
    caplog.clear()
    deploy(prepared.config)
    assert f"Role {role}: it is there." in caplog.messages
    assert caplog.messages[-1].endswith("(0003, nothing to do).")
    assert OWNER_PASSWORD not in caplog.text, "the log would hold the owner's password"


def test_the_role_logs_in_by_token_alone(prepared: Prepared, token_login: None) -> None:
    deploy(prepared.config)
    query = (
        "SELECT rolcanlogin, rolpassword IS NULL, pg_has_role(rolname, 'rds_iam', 'MEMBER'), "
        f"rolsuper OR rolcreatedb OR rolcreaterole FROM pg_authid WHERE rolname = '{prepared.role}'"
    )
    assert prepared.run(query, "postgres") == [(True, True, True, False)], (
        "a password for the application's role would exist, or it could not log in"
    )


def test_the_role_works_with_rows_and_cannot_change_the_schema(
    prepared: Prepared, token_login: None, refused: Refused
) -> None:
    deploy(prepared.config)
    insert = "INSERT INTO polls (title) VALUES ('Tea?') RETURNING title"
    assert prepared.run(insert, prepared.role) == [("Tea?",)]
    prepared.run("UPDATE polls SET title = 'Coffee?'", prepared.role)
    prepared.run("DELETE FROM polls", prepared.role)
    refused("CREATE TABLE mine (id int)")
    refused("DROP TABLE votes")
    refused("ALTER TABLE polls ADD COLUMN mine int")
    refused("TRUNCATE polls CASCADE")


def test_tables_that_were_there_before_the_role_can_be_used(
    prepared: Prepared, token_login: None
) -> None:
    prepared.run("CREATE TABLE old (id serial, name text)", prepared.owner)
    deploy(prepared.config)
    prepared.run("INSERT INTO old (name) VALUES ('kept')", prepared.role)
    assert prepared.run("SELECT id, name FROM old", prepared.role) == [(1, "kept")], (
        "a database from before this release would be closed to the application"
    )


def test_tables_of_later_migrations_can_be_used(prepared: Prepared, token_login: None) -> None:
    deploy(prepared.config)
    prepared.run("CREATE TABLE later (id serial, name text)", prepared.owner)
    prepared.run("INSERT INTO later (name) VALUES ('new')", prepared.role)
    assert prepared.run("SELECT id FROM later", prepared.role) == [(1,)], (
        "a new table would be closed to the application until the next release"
    )


def test_a_server_without_logins_by_token_is_told(
    prepared: Prepared, caplog: pytest.LogCaptureFixture
) -> None:
    deploy(prepared.config)
    assert "cannot log in by token, as this server has no role rds_iam" in caplog.text
