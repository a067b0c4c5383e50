"""The database: one engine for the process, one session for a request or a job."""

from __future__ import annotations

from flask import Flask
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from app.config import Config
from app.database import clock  # noqa: F401 - it teaches MySQL what `func.now()` is
from app.database.columns import UtcDateTime
from app.database.engine import engine_options, prepare

__all__ = ["Base", "UtcDateTime", "db", "init_app"]

db = SQLAlchemy(session_options={"expire_on_commit": False})


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


def init_app(app: Flask, config: Config) -> None:
    """Make the engine (it connects at the first use) and close sessions after requests."""
    app.config["SQLALCHEMY_ENGINES"] = {"default": engine_options(config, app.config["PROCESS"])}
    db.init_app(app)
    with app.app_context():
        prepare(db.engine, config)
