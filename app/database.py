"""The database: one engine for the process, one session for a request."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, g
from psycopg.errors import ReadOnlySqlTransaction
from sqlalchemy import Engine, ExceptionContext, MetaData, create_engine, event, text
from sqlalchemy.orm import DeclarativeBase, Session

from app.config import Config
from app.login_token import LoginToken, rds_signer

CONNECT_SECONDS = 3
# How long a request waits for one of the pool's connections before it is told to come back.
POOL_WAIT_SECONDS = 5
STATEMENT_MILLISECONDS = 15_000
EXTENSION = "database"


class Base(DeclarativeBase):
    """Base of all models; constraints get the same names wherever they are made."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Database:
    """The extension: engine and session of the current application."""

    def init_app(self, app: Flask, config: Config) -> None:
        """Make the engine (it connects at the first use) and close sessions after requests."""
        app.extensions[EXTENSION] = make_engine(config, app.config["PROCESS"])
        app.teardown_appcontext(self._close)

    @property
    def engine(self) -> Engine:
        """The current application's engine."""
        engine: Engine = current_app.extensions[EXTENSION]
        return engine

    @property
    def session(self) -> Session:
        """The current request's session, opened at the first use; what is not committed is lost."""
        if "database_session" not in g:
            g.database_session = Session(self.engine, expire_on_commit=False)
        session: Session = g.database_session
        return session

    def ping(self) -> None:
        """Ask the database something; SQLAlchemyError when it does not answer."""
        with self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    @staticmethod
    def _close(_error: BaseException | None) -> None:
        session: Session | None = g.pop("database_session", None)
        if session is not None:
            session.close()


database = Database()
init_app = database.init_app


def make_engine(config: Config, process: str) -> Engine:
    """An engine with a connection for each thread and not one more: the budget is planned so."""
    engine = create_engine(
        config.database_address,
        pool_size=config.threads,
        max_overflow=0,
        pool_timeout=POOL_WAIT_SECONDS,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            "application_name": f"app-{process}",
            "options": f"-c statement_timeout={STATEMENT_MILLISECONDS}",
        },
    )
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
