"""Pages of the polls."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import (
    Blueprint,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from app.database import db
from app.polls import ballot
from app.polls.forms import PollForm, VoteForm
from app.polls.models import Poll
from app.visitor import current_visitor, remember_visitor

blueprint = Blueprint("polls", __name__, template_folder="templates")
# A larger number is not an address of ours: the database could not compare it.
LARGEST_ID = 2**63 - 1
POLL = f"/polls/<int(max={LARGEST_ID}):poll_id>"
REPEATED = "You have already voted in this poll. Your first vote counts."
TOO_LATE = "Voting in this poll has ended. Your vote came too late and is not counted."


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """List the newest polls; `?before=` is the id where an older page begins."""
    before = request.args.get("before", type=int)
    if before is not None and not 0 < before <= LARGEST_ID:
        abort(404)
    entries, older = ballot.newest(db.session, before)
    return render_template("polls/index.html", entries=entries, older=older, before=before)


@blueprint.get("/polls/new")
def new() -> ResponseReturnValue:
    """Show an empty form."""
    return render_template("polls/new.html", form=PollForm())


@blueprint.post("/polls")
def create() -> ResponseReturnValue:
    """Save the poll, or show its form again with what is wrong, or with more options."""
    form = PollForm(request.form)
    if "more" in request.form:
        form.grow()
        return render_template("polls/new.html", form=form)
    if not form.validate():
        return render_template("polls/new.html", form=form), 422
    poll = ballot.create(db.session, form.title.data or "", form.labels, form.open_for)
    flash("Your poll is open. Share the address of this page.")
    return redirect(url_for(".show", poll_id=poll.id), 303)


@blueprint.get(POLL)
def show(poll_id: int) -> ResponseReturnValue:
    """Ask for a vote, or show the results to those who have voted, to all once the poll is over."""
    poll = _find(poll_id)
    if not poll.is_open or ballot.choice_of(db.session, poll, current_visitor()) is not None:
        return _results(poll)
    form = VoteForm()
    form.offer(poll.options)
    return remember_visitor(make_response(render_template("polls/vote.html", poll=poll, form=form)))


@blueprint.post(f"{POLL}/votes")
def vote(poll_id: int) -> ResponseReturnValue:
    """Count the vote, once for a visitor, while the poll is open."""
    poll = _find(poll_id)
    if not poll.is_open:
        return _results(poll, problem=TOO_LATE)
    visitor = current_visitor()
    if visitor is None:
        # Without the cookie of the page that holds the form, a second vote could not be told.
        flash("Your browser did not send its cookie. Allow cookies for this site and vote again.")
        return redirect(url_for(".show", poll_id=poll_id), 303)
    form = VoteForm(request.form)
    form.offer(poll.options)
    if not form.validate():
        return render_template("polls/vote.html", poll=poll, form=form), 422
    outcome = ballot.cast(db.session, poll, form.option.data, visitor)
    if outcome is not ballot.Outcome.COUNTED:
        problem = REPEATED if outcome is ballot.Outcome.REPEATED else TOO_LATE
        return _results(_find(poll_id), problem=problem)
    flash("Your vote has been counted.")
    return redirect(url_for(".results", poll_id=poll_id), 303)


@blueprint.get(f"{POLL}/results")
def results(poll_id: int) -> ResponseReturnValue:
    """Show how the votes stand."""
    return _results(_find(poll_id))


@blueprint.app_template_filter("moment")
def moment(time: datetime) -> str:
    """A time for reading, such as `31 January 2026, 14:05 UTC`."""
    return f"{time.astimezone(UTC):%-d %B %Y, %H:%M} UTC"


def _find(poll_id: int) -> Poll:
    return ballot.find(db.session, poll_id) or abort(404)


def _results(poll: Poll, problem: str | None = None) -> ResponseReturnValue:
    shown = ballot.results(db.session, poll)
    page = render_template(
        "polls/results.html",
        poll=poll,
        results=shown,
        total=sum(result.votes for result in shown),
        choice=ballot.choice_of(db.session, poll, current_visitor()),
        problem=problem,
    )
    return page, 409 if problem else 200
