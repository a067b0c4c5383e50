"""Pages on which somebody gets an account.

Where the site sends mail, an account is made only by the link in a mail: whoever registers sees
the same page whether the address has an account or not, and nobody takes an address that is not
theirs. Without mail there is no other way than to make the account at once, and to say so when the
address has one.
"""

from __future__ import annotations

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts import letters, limits, links, login, registry
from app.accounts.blueprint import blueprint
from app.accounts.forms import NewPasswordForm, RegisterAtOnceForm, RegisterForm
from app.accounts.links import Registration
from app.accounts.registry import EmailTakenError
from app.database import db

SENT = "We have sent a mail to"
TAKEN = "There is an account with this address. Sign in, or register with another address."


@blueprint.route("/register", methods=["GET", "POST"])
@limits.registrations_of_client
@limits.mails_of_account
def register() -> ResponseReturnValue:
    """Ask for name and address, and mail a link; without mail make the account."""
    _refuse_when_closed()
    form = RegisterForm(request.form) if letters.are_sent() else RegisterAtOnceForm(request.form)
    if request.method == "GET" or not form.validate():
        status = 422 if request.method == "POST" else 200
        return render_template("accounts/register.html", form=form), status
    registration = Registration(form.email.data or "", form.name.data or "")
    if isinstance(form, RegisterAtOnceForm):
        return _register_at_once(form, registration)
    site = links.site_address()
    if registry.find_by_email(db.session, registration.email):
        letters.tell_of_account(db.session, site, registration.email)
    else:
        letters.invite(db.session, site, registration)
    db.session.commit()
    return render_template("accounts/sent.html", email=registration.email, text=SENT)


@blueprint.route("/register/finish", methods=["GET", "POST"])
@limits.links_of_client
def finish() -> ResponseReturnValue:
    """Ask for a password and make the account of the link's address; `?token=` is the link's."""
    _refuse_when_closed()
    registration = links.registration_of(request.args.get("token", ""))
    if registration is None:
        return _over("accounts.register")
    known = (registration.email, registration.name)
    form = NewPasswordForm(request.form, known=known)
    if request.method == "GET" or not form.validate():
        status = 422 if request.method == "POST" else 200
        return render_template("accounts/finish.html", form=form, email=known[0]), status
    try:
        return _make(registration, form.password.data or "")
    except EmailTakenError:
        # The link was used before.
        flash("Your account is ready. Sign in.")
        return redirect(url_for(".sign_in"), 303)


def _register_at_once(form: RegisterAtOnceForm, registration: Registration) -> ResponseReturnValue:
    try:
        return _make(registration, form.password.data or "")
    except EmailTakenError:
        form.email.errors = [TAKEN]
        return render_template("accounts/register.html", form=form), 422


def _make(registration: Registration, password: str) -> ResponseReturnValue:
    user = registry.create_user(
        db.session, email=registration.email, name=registration.name, password=password
    )
    login.sign_in(user)
    flash("Welcome! You can now ask questions of your own.")
    return redirect(url_for("polls.index"), 303)


def _refuse_when_closed() -> None:
    if not current_app.config["CONFIG"].allow_registration:
        abort(404)


def _over(endpoint: str) -> ResponseReturnValue:
    flash("This link is no longer good. Ask for a new one.", "problem")
    return redirect(url_for(endpoint), 303)
