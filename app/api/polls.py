"""Polls by API: list, make, vote, results, close, delete."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import UUID

from flask import abort, current_app, url_for
from werkzeug.exceptions import Conflict, Forbidden

from app.accounts.models import User
from app.api import bearer
from app.api.operation import operation
from app.api.refusals import field_refused
from app.api.schemas import (
    OptionShown,
    OptionVotes,
    PictureShown,
    PollEntry,
    PollNew,
    PollPage,
    PollQuery,
    PollShown,
    ResultsShown,
    VoteNew,
)
from app.database import db
from app.database.columns import LARGEST_ID
from app.media.models import Picture
from app.media.pictures import picture_url
from app.polls import ballot, standing
from app.polls.forms import tidy
from app.polls.models import Poll

POLL = "/polls/<int:poll_id>"
NO_POLL = "There is no such poll. It may have been deleted."
NOT_YOURS = "Only the poll's author and administrators can do this."
REPEATED = "You have already voted in this poll. Your first vote counts."
TOO_LATE = "Voting in this poll has ended. Your vote came too late and is not counted."
HAS_VOTES = "The poll has votes, so it stays. Close it instead."
REFUSED = {ballot.Outcome.REPEATED: REPEATED, ballot.Outcome.TOO_LATE: TOO_LATE}


@operation("GET", "/polls", refusals=(401,))
def list_polls(query: PollQuery) -> PollPage:
    """List polls, the newest first.

    `next` is the address of the page after this one.
    """
    given = query.model_dump(exclude_defaults=True)
    page = _page(query) if given else standing.first_page(db.session)
    given["before"] = page.older
    return PollPage(
        polls=[_entry(entry) for entry in page.entries],
        next=url_for("api.list_polls", **given) if page.older else None,
    )


@operation("POST", "/polls", status=201)
def create_poll(user: User, body: PollNew) -> PollShown:
    """Make a poll of your own.

    Sent twice it makes two: look in `GET /polls?mine=true` when the answer got lost.
    """
    seconds = body.open_for_seconds
    open_for = None if seconds is None else timedelta(seconds=seconds)
    poll = ballot.create(db.session, body.title, body.options, open_for, author_id=user.id)
    return _shown(poll)


@operation("GET", POLL)
def show_poll(poll_id: int) -> PollShown:
    """Show a poll with its options."""
    return _shown(_find(poll_id))


@operation("GET", f"{POLL}/results")
def show_results(poll_id: int) -> ResultsShown:
    """Show how the votes stand."""
    return _results(_find(poll_id), exact=False)


@operation("POST", f"{POLL}/votes", status=201, refusals=(409,))
def vote(user: User, poll_id: int, body: VoteNew) -> ResultsShown:
    """Vote, once in a poll; the answer is how the votes stand.

    Whose vote it is cannot be read from the database. A second vote is refused with 409.
    """
    poll = _find(poll_id)
    if body.option_id not in {option.id for option in poll.options}:
        raise field_refused("option_id", "This poll has no such option; `GET` it to see which")
    outcome = ballot.cast(db.session, poll, body.option_id, _voter(user))
    if outcome in REFUSED:
        raise Conflict(REFUSED[outcome])
    return _results(poll, exact=True)


@operation("POST", f"{POLL}/close", refusals=(403,))
def close_poll(user: User, poll_id: int) -> ResultsShown:
    """End the voting now, in a poll of your own; the answer is the result.

    A poll that is closed stays as it is.
    """
    poll = _managed(user, poll_id)
    ballot.close(db.session, poll)
    return _results(poll, exact=True)


@operation("DELETE", POLL, status=204, refusals=(403, 409))
def delete_poll(user: User, poll_id: int) -> None:
    """Delete a poll of your own while it has no votes."""
    if not ballot.remove(db.session, _managed(user, poll_id)):
        raise Conflict(HAS_VOTES)


def _page(query: PollQuery) -> ballot.Page:
    return ballot.newest(
        db.session,
        query.before,
        search=tidy(query.q),
        author_id=bearer.owner_required().id if query.mine else None,
        limit=query.limit,
    )


def _find(poll_id: int) -> Poll:
    # A larger number the database could not compare. A rule with a maximum would answer 405 to it.
    poll = ballot.find(db.session, poll_id) if poll_id <= LARGEST_ID else None
    return poll or abort(404, NO_POLL)


def _managed(user: User, poll_id: int) -> Poll:
    poll = _find(poll_id)
    if not ballot.may_manage(user, poll):
        raise Forbidden(NOT_YOURS)
    return poll


def _voter(user: User) -> UUID:
    return ballot.voter_of(user, current_app.config["SECRET_KEY"])


def _addresses(poll_id: int) -> dict[str, str]:
    return {
        "url": url_for("api.show_poll", poll_id=poll_id),
        "page": url_for("polls.show", poll_id=poll_id),
    }


def _entry(entry: ballot.Entry) -> PollEntry:
    return PollEntry.model_validate(
        {**vars(entry), **_addresses(entry.id), "is_open": entry.is_open}
    )


def _shown(poll: Poll) -> PollShown:
    user = bearer.owner()
    return PollShown(
        **_addresses(poll.id),
        id=poll.id,
        title=poll.title,
        author=poll.author.name if poll.author else None,
        created_at=poll.created_at,
        closes_at=poll.closes_at,
        closed_at=poll.closed_at,
        is_open=poll.is_open,
        is_mine=user is not None and poll.author_id == user.id,
        options=[OptionShown(id=option.id, label=option.label) for option in poll.options],
        picture=_picture(poll.picture) if poll.picture else None,
    )


def _picture(picture: Picture) -> PictureShown:
    small = picture_url(picture, thumbnail=True) if picture.thumbnail_key else None
    return PictureShown(
        url=picture_url(picture, thumbnail=False),
        thumbnail_url=small,
        description=picture.description,
    )


def _results(poll: Poll, *, exact: bool) -> ResultsShown:
    """The results; those in the cache will do unless they answer a change."""
    user = bearer.owner()
    own = ballot.vote_of(db.session, poll, _voter(user)) if user else None
    count = ballot.results if exact else partial(standing.results, own=own)
    results = count(db.session, poll)
    return ResultsShown(
        url=url_for("api.show_results", poll_id=poll.id),
        votes=sum(result.votes for result in results),
        is_final=poll.closed_at is not None,
        options=[
            OptionVotes(
                id=result.option_id, label=result.label, votes=result.votes, percent=result.percent
            )
            for result in results
        ],
        my_option_id=own.option_id if own else None,
    )
