"""How the engine is made: its pool, its limits, its login."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, ExceptionContext, create_engine, event

from app.config import Config
from app.database.connection import arguments, settle_mysql
from app.database.login_token import LoginToken, rds_signer
from app.database.tls import without_sslmode

# How long a request waits for one of the pool's connections before it is told to come back.
POOL_WAIT_SECONDS = 5
# [PostgreSQL error codes, read_only_sql_transaction]
READ_ONLY_STATE = "25006"
# The server runs with --read-only, or --innodb-read-only [MySQL error reference]
READ_ONLY_NUMBERS = frozenset({1290, 1836})


def engine_options(config: Config, process: str) -> dict[str, Any]:
    """What SQLAlchemy makes the engine of: by default a connection for each thread, no more."""
    url = config.database_address
    options = {
        "url": without_sslmode(url),
        "pool_size": config.database_pool_size or config.threads,
        "max_overflow": 0,
        "pool_timeout": POOL_WAIT_SECONDS,
        "pool_pre_ping": True,
        # Messages of errors go to the log, and would show what people wrote.
        "hide_parameters": True,
        "connect_args": arguments(config, url, process, config.database_statement_seconds),
    }
    # As Postgres does by itself: each statement sees what others have committed before it.
    by_itself = url.get_backend_name() == "postgresql"
    return options if by_itself else options | {"isolation_level": "READ COMMITTED"}


def make_engine(config: Config, process: str) -> Engine:
    """An engine outside of an application."""
    return prepare(create_engine(**engine_options(config, process)), config)


def prepare(engine: Engine, config: Config) -> Engine:
    """Add what the options cannot say: tokens, and what a failover does to connections."""
    event.listen(engine, "handle_error", _drop_read_only)
    if config.database_auth == "iam":
        log_in_by_token(engine, LoginToken(rds_signer(config)))
    if engine.dialect.name != "postgresql":
        settle_mysql(engine, config.database_statement_seconds)
    return engine


def log_in_by_token(engine: Engine, token: LoginToken) -> None:
    """Give every new connection of the engine a token for its password."""

    def add_token(_dialect: object, _record: object, _args: object, given: dict[str, Any]) -> None:
        given["password"] = token.value()

    event.listen(engine, "do_connect", add_token)


def _drop_read_only(context: ExceptionContext) -> None:
    """After a failover the old primary takes no writes: its connections are to be given up."""
    error = context.original_exception
    number = error.args[0] if error.args else None
    if getattr(error, "sqlstate", None) == READ_ONLY_STATE or number in READ_ONLY_NUMBERS:
        context.is_disconnect = True
