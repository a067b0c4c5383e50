"""The role that the application logs in as: it works with rows, and cannot change the schema."""

from __future__ import annotations

import logging

from sqlalchemy import Connection, text

# On RDS the members of this role log in by token, and no longer by password
# [RDS user guide, "IAM database authentication"].
TOKEN_LOGIN = "rds_iam"  # noqa: S105
SCHEMA = "public"
log = logging.getLogger("app.deploy")


def prepare_role(connection: Connection, name: str) -> None:
    """Make the role unless it is there and give it its rights; each step is logged.

    Safe to repeat. The connection is the owner's: what is granted on tables of later migrations
    holds for those that the same owner makes. SQLAlchemyError when the server refuses a step.
    """
    role = connection.dialect.identifier_preparer.quote_identifier(name)
    if _exists(connection, name):
        log.info("Role %s: it is there.", name)
    else:
        # No password: a member of the role below needs none, and nobody can guess one.
        connection.exec_driver_sql(f"CREATE ROLE {role} LOGIN")
        log.info("Role %s: made, without a password.", name)
    if _exists(connection, TOKEN_LOGIN):
        connection.exec_driver_sql(f"GRANT {TOKEN_LOGIN} TO {role}")
        log.info("Role %s: may log in by token.", name)
    else:
        log.warning(
            "Role %s: cannot log in by token, as this server has no role %s.", name, TOKEN_LOGIN
        )
    for statement in _rights(role):
        connection.exec_driver_sql(statement)
    connection.commit()
    log.info("Role %s: may use rows of all tables, and of those that migrations make.", name)


def _rights(role: str) -> list[str]:
    rights = {"TABLES": "SELECT, INSERT, UPDATE, DELETE", "SEQUENCES": "USAGE, SELECT"}
    now = [
        f"GRANT {what} ON ALL {kind} IN SCHEMA {SCHEMA} TO {role}" for kind, what in rights.items()
    ]
    later = [
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA {SCHEMA} GRANT {what} ON {kind} TO {role}"
        for kind, what in rights.items()
    ]
    return [f"GRANT USAGE ON SCHEMA {SCHEMA} TO {role}", *now, *later]


def _exists(connection: Connection, name: str) -> bool:
    query = text("SELECT 1 FROM pg_roles WHERE rolname = :name")
    return connection.scalar(query, {"name": name}) is not None
