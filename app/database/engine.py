"""How the engine is made: its pool, its limits, its login."""

from __future__ import annotations

from typing import Any

from psycopg.errors import ReadOnlySqlTransaction
from sqlalchemy import Engine, ExceptionContext, create_engine, event

from app.config import Config
from app.database.login_token import LoginToken, rds_signer

CONNECT_SECONDS = 3
# How long a request waits for one of the pool's connections before it is told to come back.
POOL_WAIT_SECONDS = 5
STATEMENT_MILLISECONDS = 15_000


def engine_options(config: Config, process: str) -> dict[str, Any]:
    """What SQLAlchemy makes the engine of: a connection for each thread and not one more."""
    return {
        "url": config.database_address,
        "pool_size": config.threads,
        "max_overflow": 0,
        "pool_timeout": POOL_WAIT_SECONDS,
        "pool_pre_ping": True,
        "connect_args": {
            "connect_timeout": CONNECT_SECONDS,
            "application_name": f"app-{process}",
            "options": f"-c statement_timeout={STATEMENT_MILLISECONDS}",
        },
    }


def make_engine(config: Config, process: str) -> Engine:
    """An engine outside of an application."""
    return prepare(create_engine(**engine_options(config, process)), config)


def prepare(engine: Engine, config: Config) -> Engine:
    """Add what the options cannot say: tokens, and what a failover does to connections."""
    event.listen(engine, "handle_error", _drop_read_only)
    if config.database_auth == "iam":
        log_in_by_token(engine, LoginToken(rds_signer(config)))
    return engine


def log_in_by_token(engine: Engine, token: LoginToken) -> None:
    """Give every new connection of the engine a token for its password."""

    def add_token(_dialect: object, _record: object, _args: object, given: dict[str, Any]) -> None:
        given["password"] = token.value()

    event.listen(engine, "do_connect", add_token)


def _drop_read_only(context: ExceptionContext) -> None:
    """After a failover the old primary takes no writes: its connections are to be given up."""
    if isinstance(context.original_exception, ReadOnlySqlTransaction):
        context.is_disconnect = True
