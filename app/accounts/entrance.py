"""Pages on which somebody signs in and out, or gets a new password by mail."""

from __future__ import annotations

import logging

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts import letters, limits, links, login, registry
from app.accounts.blueprint import blueprint
from app.accounts.forms import AddressForm, NewPasswordForm, SignInForm
from app.accounts.login import current_user
from app.accounts.models import User
from app.database import db

log = logging.getLogger(__name__)
# One text for an unknown address, a wrong password and a disabled account.
SENT = "If there is an account, we have sent a link to"
REFUSED = "Address and password do not belong together, or the account cannot be used."


@blueprint.route("/sign-in", methods=["GET", "POST"])
@limits.sign_ins_of_client
@limits.sign_ins_of_account
def sign_in() -> ResponseReturnValue:
    """Check address and password; `?next=` is the page to go to, if it is one of ours."""
    wanted = login.safe_path(request.args.get("next"))
    if current_user.is_authenticated:
        return redirect(wanted or url_for("polls.index"), 303)
    form = SignInForm(request.form)
    if request.method == "GET":
        return _sign_in_page(form, wanted, 200)
    if not form.validate():
        return _sign_in_page(form, wanted, 422)
    user = registry.authenticate(db.session, form.email.data or "", form.password.data or "")
    if user is None:
        log.info("Sign-in refused: account %s.", limits.account_asked_for())
        form.form_errors = [REFUSED]
        return _sign_in_page(form, wanted, 422)
    login.sign_in(user)
    flash(f"You are signed in as {user.name}.")
    return redirect(wanted or url_for("polls.index"), 303)


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End the session of this browser."""
    login.sign_out()
    flash("You are signed out.")
    return redirect(url_for("polls.index"), 303)


@blueprint.route("/forgotten", methods=["GET", "POST"])
@limits.links_of_client
@limits.mails_of_account
def forgotten() -> ResponseReturnValue:
    """Mail a link to the account's owner; the answer is the same when there is no account."""
    if not letters.are_sent():
        return render_template("accounts/no_mail.html")
    form = AddressForm(request.form)
    if request.method == "GET" or not form.validate():
        status = 422 if request.method == "POST" else 200
        return render_template("accounts/forgotten.html", form=form), status
    email = form.email.data or ""
    site = links.site_address()
    user = registry.find_by_email(db.session, email)
    if user is not None and user.is_active:
        letters.send_reset(db.session, site, user)
        db.session.commit()
    else:
        # The same work, so that the time taken tells no more than the page.
        letters.send_reset(db.session, site, User(id=0, email=email, session_epoch=0))
        db.session.rollback()
    return render_template("accounts/sent.html", email=email, text=SENT)


@blueprint.route("/reset", methods=["GET", "POST"])
@limits.links_of_client
def reset() -> ResponseReturnValue:
    """Set a new password for the account of the link; `?token=` is the link's."""
    user = links.user_of_reset(db.session, request.args.get("token", ""))
    if user is None:
        return _link_is_over()
    form = NewPasswordForm(request.form, known=(user.email, user.name))
    if request.method == "GET" or not form.validate():
        status = 422 if request.method == "POST" else 200
        return render_template("accounts/reset.html", form=form, email=user.email), status
    if not registry.change_password(db.session, user, form.password.data or ""):
        return _link_is_over()
    letters.tell_of_change(db.session, user)
    login.sign_out()
    flash("Your password is changed. Sign in with the new one.")
    return redirect(url_for(".sign_in"), 303)


def _sign_in_page(form: SignInForm, wanted: str | None, status: int) -> ResponseReturnValue:
    return render_template("accounts/sign_in.html", form=form, next=wanted), status


def _link_is_over() -> ResponseReturnValue:
    flash(
        "This link is no longer good: it has been used, or is too old. Ask for a new one.",
        "problem",
    )
    return redirect(url_for(".forgotten"), 303)
