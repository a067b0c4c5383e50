"""The administrator's first page: how the site does, in numbers."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from app.accounts.models import User
from app.admin.blueprint import blueprint
from app.database import db
from app.jobs.figures import figures
from app.polls.models import Poll, Vote


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """Show the numbers."""
    tables = {"users": User, "polls": Poll, "votes": Vote}
    counts = {
        name: db.session.scalar(select(func.count()).select_from(table))
        for name, table in tables.items()
    }
    return render_template("admin/index.html", figures=figures(), **counts)
