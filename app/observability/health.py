"""Health addresses: `/livez` for the balancer, `/readyz` for people and alarms."""

from __future__ import annotations

import logging

from flask import Blueprint
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.database import db

blueprint = Blueprint("health", __name__)
log = logging.getLogger(__name__)


@blueprint.get("/livez")
def livez() -> tuple[dict[str, str], int]:
    """Answer that the process serves; touches nothing, so a database fault kills no task."""
    return {"status": "alive"}, 200


@blueprint.get("/readyz")
def readyz() -> tuple[dict[str, str], int]:
    """Ask the database: 200 when it answers, else 503."""
    try:
        with db.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        log.warning("The database does not answer: %s", type(error).__name__)
        return {"status": "unavailable", "database": "does not answer"}, 503
    return {"status": "ready", "database": "answers"}, 200
