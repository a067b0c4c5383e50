"""Pages of one's own account: name, password, API tokens, end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import PasswordField

from app.accounts import letters, login, passwords, registry, roster, tokens
from app.accounts.blueprint import blueprint
from app.accounts.forms import ChangePasswordForm, ConfirmForm, NameForm, TokenForm
from app.accounts.login import current_user, login_required
from app.accounts.models import User
from app.accounts.roster import LastAdministratorError
from app.accounts.tokens import TooManyTokensError
from app.database import db
from app.database.columns import LARGEST_ID
from app.security.limits import key_of, limiter

WRONG_PASSWORD = "This is not your password."  # noqa: S105 - a message
# Who sits at somebody's open browser must not find the password out.
password_limit = limiter.shared_limit(
    "10 per 15 minutes",
    scope="own password",
    key_func=lambda: key_of("account id", str(_me().id)),
    methods=["POST"],
)


@blueprint.get("/account")
@login_required
def account() -> ResponseReturnValue:
    """Show what is known of the account."""
    return _page()


@blueprint.post("/account/name")
@login_required
def rename() -> ResponseReturnValue:
    """Take another name."""
    form = NameForm(request.form)
    if not form.validate():
        return _page(name_form=form, status=422)
    registry.rename(db.session, _me(), form.name.data or "")
    flash("Your name is changed.")
    return redirect(url_for(".account"), 303)


@blueprint.post("/account/tokens")
@login_required
def issue_token() -> ResponseReturnValue:
    """Make an API token and show it, this once."""
    form = TokenForm(request.form)
    if not form.validate():
        return _page(token_form=form, status=422)
    days = int(form.days.data or 0)
    expires_at = datetime.now(UTC) + timedelta(days=days) if days else None
    try:
        token = tokens.issue(db.session, _me(), form.label.data or "", expires_at)
    except TooManyTokensError:
        most = tokens.PER_USER_MAXIMUM
        form.label.errors = [f"You have {most} tokens, which is the most. Revoke one of them."]
        return _page(token_form=form, status=422)
    return _page(new_token=token, status=201)


@blueprint.post(f"/account/tokens/<int(max={LARGEST_ID}):token_id>/revoke")
@login_required
def revoke_token(token_id: int) -> ResponseReturnValue:
    """Make one of the own tokens useless."""
    if not tokens.revoke(db.session, _me(), token_id):
        abort(404)
    flash("The token is revoked.")
    return redirect(url_for(".account"), 303)


@blueprint.post("/account/sessions/end")
@login_required
def end_sessions() -> ResponseReturnValue:
    """Sign out everywhere, here too."""
    registry.end_sessions(db.session, _me())
    login.sign_out()
    flash("You are signed out on all devices.")
    return redirect(url_for(".sign_in"), 303)


@blueprint.route("/account/password", methods=["GET", "POST"])
@login_required
@password_limit
def password() -> ResponseReturnValue:
    """Set another password: it ends all other sessions, and this one begins anew."""
    user = _me()
    form = ChangePasswordForm(request.form, known=(user.email, user.name))
    if request.method == "GET":
        return render_template("accounts/password.html", form=form)
    if not form.validate() or not _is_own(form.current):
        return render_template("accounts/password.html", form=form), 422
    if not registry.change_password(db.session, user, form.password.data or ""):
        # Changed at another place at this moment: this session is over as well.
        return login.ask_to_sign_in()
    letters.tell_of_change(db.session, user)
    login.sign_in(user)
    flash("Your password is changed. You are signed out everywhere else.")
    return redirect(url_for(".account"), 303)


@blueprint.route("/account/delete", methods=["GET", "POST"])
@login_required
@password_limit
def delete() -> ResponseReturnValue:
    """Delete the account for good; polls stay, without an author."""
    form = ConfirmForm(request.form)
    if request.method == "GET":
        return render_template("accounts/delete.html", form=form)
    if not form.validate() or not _is_own(form.password):
        return render_template("accounts/delete.html", form=form), 422
    try:
        roster.delete(db.session, _me().id)
    except LastAdministratorError as error:
        form.form_errors = [str(error)]
        return render_template("accounts/delete.html", form=form), 422
    login.sign_out()
    flash("Your account is deleted.")
    return redirect(url_for("polls.index"), 303)


def _me() -> User:
    # Flask-Login's stand-in, which every request may ask for; `login_required` has let in a user.
    user: User = current_user._get_current_object()
    return user


def _is_own(field: PasswordField) -> bool:
    right = passwords.verify(_me().password_hash, (field.data or "")[: registry.LONGEST_INPUT])
    if not right:
        field.errors = [WRONG_PASSWORD]
    return right


def _page(
    *,
    name_form: NameForm | None = None,
    token_form: TokenForm | None = None,
    new_token: str | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    page = render_template(
        "accounts/account.html",
        name_form=name_form or NameForm(data={"name": _me().name}),
        token_form=token_form or TokenForm(),
        tokens=tokens.of_user(db.session, _me()),
        new_token=new_token,
    )
    return page, status
