"""Pages of the polls for their authors: make, close, delete."""

from __future__ import annotations

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import CombinedMultiDict

from app.accounts.login import current_user, login_required
from app.database import db
from app.jobs.names import MAKE_THUMBNAIL
from app.jobs.queue import enqueue
from app.media.models import Picture
from app.media.pictures import MEBIBYTE, NotAPictureError, accept
from app.media.storage import storage
from app.polls import ballot
from app.polls.forms import PollForm
from app.polls.models import Poll
from app.polls.views import POLL, blueprint, find, show_results
from app.security.body import allow_upload

HAS_VOTES = "This poll has votes by now, so it stays. You can close it."


@blueprint.get("/polls/new")
@login_required
def new() -> ResponseReturnValue:
    """Show an empty form."""
    return _form(PollForm())


@blueprint.post("/polls")
@allow_upload
@login_required
def create() -> ResponseReturnValue:
    """Save the poll, or show its form again with what is wrong, or with more options."""
    form = PollForm(CombinedMultiDict([request.form, request.files]))
    if "more" in request.form:
        form.grow()
        return _form(form)
    if not form.validate():
        return _form(form), 422
    try:
        picture = _picture(form)
    except NotAPictureError as error:
        form.picture.errors = [str(error)]
        return _form(form), 422
    poll = ballot.create(
        db.session,
        form.title.data or "",
        form.labels,
        form.open_for,
        author_id=current_user.id,
        picture=picture,
    )
    if picture is not None:
        enqueue(MAKE_THUMBNAIL, picture.id)
    flash("Your poll is open. Share the address of this page.")
    return redirect(url_for(".show", poll_id=poll.id), 303)


@blueprint.post(f"{POLL}/close")
@login_required
def close(poll_id: int) -> ResponseReturnValue:
    """End the voting now."""
    poll = _own(poll_id)
    ballot.close(db.session, poll)
    flash("The poll is closed. Its result is final.")
    return redirect(url_for(".results", poll_id=poll_id), 303)


@blueprint.post(f"{POLL}/delete")
@login_required
def delete(poll_id: int) -> ResponseReturnValue:
    """Delete the poll, unless somebody has voted."""
    poll = _own(poll_id)
    title = poll.title
    if not ballot.remove(db.session, poll):
        return show_results(poll, problem=HAS_VOTES)
    flash(f"The poll “{title}” is deleted.")
    return redirect(url_for(".mine"), 303)


def _own(poll_id: int) -> Poll:
    """The poll of this address, for its author and administrators alone."""
    poll = find(poll_id)
    if not ballot.may_manage(current_user, poll):
        abort(403)
    return poll


def _form(form: PollForm) -> str:
    largest_mib = current_app.config["CONFIG"].max_upload_bytes / MEBIBYTE
    return render_template(
        "polls/new.html", form=form, pictures=storage.enabled, largest=f"{largest_mib:.3g} MiB"
    )


def _picture(form: PollForm) -> Picture | None:
    """Store the upload, if there is one; NotAPictureError when it is none that can be used."""
    if form.upload is None:
        return None
    return accept(form.upload.stream, form.description.data or "")
