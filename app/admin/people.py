"""The administrator's pages about accounts."""

from __future__ import annotations

import logging
from collections.abc import Callable

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts import links, registry, roster
from app.accounts.forms import RegisterForm
from app.accounts.models import Role, User
from app.accounts.registry import EmailTakenError
from app.accounts.roster import LastAdministratorError
from app.admin.blueprint import before_asked_for, blueprint, search_asked_for
from app.database import db
from app.database.columns import LARGEST_ID

log = logging.getLogger(__name__)
USER = f"/users/<int(max={LARGEST_ID}):user_id>"


@blueprint.get("/users")
def users() -> ResponseReturnValue:
    """List accounts, newest first; `?q=` searches names and addresses, `?before=` pages."""
    search, before = search_asked_for(), before_asked_for()
    page = roster.newest(db.session, before, search=search)
    return render_template("admin/users.html", page=page, search=search, before=before)


@blueprint.route("/users/new", methods=["GET", "POST"])
def new_user() -> ResponseReturnValue:
    """Make an account for somebody, and show the link with which they choose a password."""
    form = RegisterForm(request.form)
    if request.method == "GET":
        return render_template("admin/new_user.html", form=form)
    if not form.validate():
        return render_template("admin/new_user.html", form=form), 422
    site = links.site_address()
    email, name = form.email.data or "", form.name.data or ""
    try:
        user = registry.create_user(db.session, email=email, name=name)
    except EmailTakenError:
        form.email.errors = ["There is an account with this address already."]
        return render_template("admin/new_user.html", form=form), 422
    return _link_page(site, user), 201


@blueprint.post(f"{USER}/link")
def reset_link(user_id: int) -> ResponseReturnValue:
    """Show a link with which somebody chooses a new password, to be handed on."""
    site = links.site_address()
    user = db.session.get(User, user_id)
    if user is None or not user.is_active:
        abort(404)
    log.info("A password link for account %s was made.", user.id)
    return _link_page(site, user)


@blueprint.post(f"{USER}/role")
def set_role(user_id: int) -> ResponseReturnValue:
    """Make somebody an author or an administrator, as the field `role` says."""
    if request.form.get("role") not in list(Role):
        abort(400)
    role = Role(request.form["role"])
    return _change(lambda: roster.set_role(db.session, user_id, role), f"is now {role}")


@blueprint.post(f"{USER}/disable")
def disable(user_id: int) -> ResponseReturnValue:
    """Shut somebody out."""
    return _change(lambda: roster.disable(db.session, user_id), "can no longer sign in")


@blueprint.post(f"{USER}/enable")
def enable(user_id: int) -> ResponseReturnValue:
    """Let somebody in again."""
    return _change(lambda: roster.enable(db.session, user_id), "can sign in again")


def _change(change: Callable[[], User | None], what: str) -> ResponseReturnValue:
    try:
        user = change()
    except LastAdministratorError as error:
        flash(str(error), "problem")
    else:
        if user is None:
            abort(404)
        # The line names the administrator too, by number.
        log.info("Account %s %s.", user.id, what)
        flash(f"{user.name} {what}.")
    # An administrator who is none any more may not see the list.
    return redirect(url_for(".users", q=search_asked_for() or None), 303)


def _link_page(site: str, user: User) -> str:
    link = links.reset_link(site, user)
    return render_template("admin/link.html", link=link, user=user)
