"""The administrator's pages about polls."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.admin.blueprint import before_asked_for, blueprint, search_asked_for
from app.database import db
from app.database.columns import LARGEST_ID
from app.polls import ballot
from app.polls.models import Poll

POLL = f"/polls/<int(max={LARGEST_ID}):poll_id>"


@blueprint.get("/polls")
def polls() -> ResponseReturnValue:
    """List polls, newest first; `?q=` searches titles, `?before=` pages."""
    search, before = search_asked_for(), before_asked_for()
    page = ballot.newest(db.session, before, search=search)
    return render_template("admin/polls.html", page=page, search=search, before=before)


@blueprint.post(f"{POLL}/close")
def close_poll(poll_id: int) -> ResponseReturnValue:
    """End the voting of a poll now."""
    poll = _find(poll_id)
    closed = ballot.close(db.session, poll)
    flash(f"“{poll.title}” is closed." if closed else f"“{poll.title}” was closed already.")
    return redirect(url_for(".polls"), 303)


@blueprint.get(f"{POLL}/delete")
def confirm_delete(poll_id: int) -> ResponseReturnValue:
    """Ask once more: what is deleted cannot be brought back."""
    poll = _find(poll_id)
    votes = sum(ballot.counts(db.session, poll.id).values())
    return render_template("admin/delete_poll.html", poll=poll, votes=votes)


@blueprint.post(f"{POLL}/delete")
def delete_poll(poll_id: int) -> ResponseReturnValue:
    """Delete a poll with its votes."""
    poll = _find(poll_id)
    ballot.remove(db.session, poll, with_votes=True)
    flash(f"“{poll.title}” is deleted.")
    return redirect(url_for(".polls"), 303)


def _find(poll_id: int) -> Poll:
    return ballot.find(db.session, poll_id) or abort(404)
