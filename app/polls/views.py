"""Pages of the polls that everybody sees: list, voting, results."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from app.accounts.login import current_user, login_required
from app.database import db
from app.database.columns import LARGEST_ID
from app.polls import ballot, standing
from app.polls.forms import SEARCH_LENGTH, VoteForm, tidy
from app.polls.models import Poll
from app.security.headers import content_security_policy
from app.visitor import current_visitor, remember_visitor

blueprint = Blueprint("polls", __name__, template_folder="templates")
# A larger number is not an address of ours: the database could not compare it.
POLL = f"/polls/<int(max={LARGEST_ID}):poll_id>"
REPEATED = "You have already voted in this poll. Your first vote counts."
SCRIPT = "script-src 'self'; connect-src 'self'"
TOO_LATE = "Voting in this poll has ended. Your vote came too late and is not counted."


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """List the newest polls; `?q=` searches, `?before=` is the id where an older page begins."""
    before, search = _before(), tidy(request.args.get("q"))[:SEARCH_LENGTH]
    if before is None and not search:
        page = standing.first_page(db.session)
    else:
        page = ballot.newest(db.session, before, search=search)
    return render_template("polls/index.html", page=page, before=before, search=search)


@blueprint.get("/polls/mine")
@login_required
def mine() -> ResponseReturnValue:
    """List the polls of the signed-in author."""
    before = _before()
    page = ballot.newest(db.session, before, author_id=current_user.id)
    return render_template("polls/mine.html", page=page, before=before)


@blueprint.get(POLL)
def show(poll_id: int) -> ResponseReturnValue:
    """Ask for a vote, or show the results to those who have voted, to all once the poll is over."""
    poll = find(poll_id)
    if not poll.is_open or ballot.vote_of(db.session, poll, *_voters()):
        return show_results(poll)
    form = VoteForm()
    form.offer(poll.options)
    return remember_visitor(make_response(_ballot_paper(poll, form)))


@blueprint.post(f"{POLL}/votes")
def vote(poll_id: int) -> ResponseReturnValue:
    """Count the vote, once for a visitor, while the poll is open."""
    poll = find(poll_id)
    if not poll.is_open:
        return show_results(poll, problem=TOO_LATE)
    voters = [voter for voter in _voters() if voter is not None]
    if not voters:
        # Without the cookie of the page that holds the form, a second vote could not be told.
        flash("Your browser did not send its cookie. Allow cookies for this site and vote again.")
        return redirect(url_for(".show", poll_id=poll_id), 303)
    form = VoteForm(request.form)
    form.offer(poll.options)
    if not form.validate():
        return _ballot_paper(poll, form), 422
    if ballot.vote_of(db.session, poll, *voters):
        return show_results(poll, problem=REPEATED)
    outcome = ballot.cast(db.session, poll, form.option.data, voters[0])
    if outcome is not ballot.Outcome.COUNTED:
        problem = REPEATED if outcome is ballot.Outcome.REPEATED else TOO_LATE
        return show_results(find(poll_id), problem=problem)
    flash("Your vote has been counted.")
    return redirect(url_for(".results", poll_id=poll_id), 303)


@blueprint.get(f"{POLL}/results")
def results(poll_id: int) -> ResponseReturnValue:
    """Show how the votes stand."""
    return show_results(find(poll_id))


@blueprint.get(f"{POLL}/results/chart")
def chart(poll_id: int) -> ResponseReturnValue:
    """The chart alone, for the script that keeps an open page up to date."""
    response = Response(render_template("polls/chart.html", **_shown(find(poll_id))))
    response.add_etag()
    response.headers["Cache-Control"] = "private, no-cache"
    return response.make_conditional(request)


@blueprint.app_template_filter("moment")
def moment(time: datetime) -> str:
    """A time for reading, such as `31 January 2026, 14:05 UTC`."""
    return f"{time.astimezone(UTC):%-d %B %Y, %H:%M} UTC"


def find(poll_id: int) -> Poll:
    """The poll of this address, else the answer that there is none."""
    return ballot.find(db.session, poll_id) or abort(404)


def show_results(poll: Poll, problem: str | None = None) -> ResponseReturnValue:
    """The page of results; with a `problem` it says why a request was not carried out."""
    manages = current_user.is_authenticated and ballot.may_manage(current_user, poll)
    page = render_template("polls/results.html", problem=problem, manages=manages, **_shown(poll))
    response = Response(page, 409 if problem else 200)
    if poll.is_open:
        # The one page with a script: it is a file of ours, and asks us alone.
        policy = content_security_policy(current_app.config["CONFIG"])
        response.headers["Content-Security-Policy"] = f"{policy}; {SCRIPT}"
    return response


def _before() -> int | None:
    before = request.args.get("before", type=int)
    if before is not None and not 0 < before <= LARGEST_ID:
        abort(404)
    return before


def _voters() -> tuple[UUID | None, ...]:
    """The numbers this visitor may have voted under; the first is for a vote now.

    Who is signed in votes as a person, and what was voted in the same browser before counts.
    """
    if not current_user.is_authenticated:
        return (current_visitor(),)
    return ballot.voter_of(current_user, current_app.config["SECRET_KEY"]), current_visitor()


def _ballot_paper(poll: Poll, form: VoteForm) -> str:
    manages = current_user.is_authenticated and ballot.may_manage(current_user, poll)
    return render_template("polls/vote.html", poll=poll, form=form, manages=manages)


def _shown(poll: Poll) -> dict[str, object]:
    """What the chart shows: votes for each option, and which one is the visitor's."""
    own = ballot.vote_of(db.session, poll, *_voters())
    shown = standing.results(db.session, poll, own)
    return {
        "poll": poll,
        "results": shown,
        "total": sum(result.votes for result in shown),
        "choice": own.option_id if own else None,
    }
