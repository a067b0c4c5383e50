"""What each new connection is told: limits in time, TLS, and what makes MySQL like Postgres."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Engine, event

from app.config import Config
from app.database.tls import tls_arguments

if TYPE_CHECKING:
    from pymysql import Connection

# After so long without a sign of life from the server's machine the connection is given up: a
# machine that is lost in a failover closes nothing.
SILENCE_SECONDS = 10
# More than the server takes for the longest statement, so that its own message is heard.
MARGIN_SECONDS = 5


def arguments(
    config: Config, url: URL, process: str, statement_seconds: int | None
) -> dict[str, Any]:
    """The driver's arguments beside the address; `statement_seconds` None means no limit."""
    given: dict[str, Any] = {"connect_timeout": config.database_connect_seconds}
    given |= tls_arguments(url, config.pgsslrootcert)
    name = f"app-{process}"
    if url.get_backend_name() == "postgresql":
        limit_milliseconds = (statement_seconds or 0) * 1000
        return given | {
            "application_name": name,
            "options": f"-c statement_timeout={limit_milliseconds}",
            "keepalives_idle": SILENCE_SECONDS,
            "tcp_user_timeout": SILENCE_SECONDS * 1000,
        }
    # The greeting of the server is part of connecting; `settle_mysql` sets what holds later.
    return given | {"program_name": name, "read_timeout": config.database_connect_seconds}


def settle_mysql(engine: Engine, statement_seconds: int | None) -> None:
    """Let every new connection keep time in UTC, refuse what does not fit, and end what is slow."""

    def settle(connection: Connection[Any], _record: object) -> None:
        # MySQL itself ends only what reads, and nothing at all when its machine is lost.
        patience = None if statement_seconds is None else statement_seconds + MARGIN_SECONDS
        vars(connection)["_read_timeout"] = vars(connection)["_write_timeout"] = patience
        # Its types leave the method out.
        version = connection.get_server_info()  # type: ignore[no-untyped-call]
        with connection.cursor() as cursor:
            cursor.execute(session_settings(version, statement_seconds))

    event.listen(engine, "connect", settle)


def session_settings(version: str, statement_seconds: int | None) -> str:
    """The statement that a session of MySQL, or of MariaDB, begins with."""
    settings = [
        "time_zone = '+00:00'",
        # Without it a text that is too long would be cut.
        "sql_mode = CONCAT_WS(',', NULLIF(@@sql_mode, ''), 'STRICT_TRANS_TABLES')",
    ]
    if statement_seconds is not None and "mariadb" in version.lower():
        settings.append(f"max_statement_time = {statement_seconds}")
    elif statement_seconds is not None:
        settings.append(f"max_execution_time = {statement_seconds * 1000}")
    return f"SET {', '.join(settings)}"
