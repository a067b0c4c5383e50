"""Who is signed in: Flask-Login over the session cookie."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, flash, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import (  # type: ignore[import-untyped]
    LoginManager,
    current_user,
    login_user,
    logout_user,
)

from app.accounts.models import User
from app.config import Config
from app.database import db

__all__ = [
    "administrator_required",
    "current_user",
    "init_app",
    "login_required",
    "safe_path",
    "sign_in",
    "sign_out",
]

P = ParamSpec("P")
R = TypeVar("R")
BEGAN, SEEN = "signed_in_at", "seen_at"
# However often somebody comes back: a cookie that was copied does not last for ever.
LONGEST_SECONDS = 30 * 24 * 3600
# A visit need not be remembered more exactly than this; else each answer would set the cookie.
SEEN_RESOLUTION_SECONDS = 60
manager = LoginManager()
# Its protection by address and browser would sign out who changes from Wi-Fi to mobile data.
manager.session_protection = None


def init_app(app: Flask, _config: Config) -> None:
    """Make `current_user` available to views and templates."""
    manager.init_app(app)


def sign_in(user: User) -> None:
    """Begin a session for the account; nothing of the one before is carried over."""
    session.clear()
    session[BEGAN] = session[SEEN] = int(time.time())
    login_user(user)
    g.user_id = user.id


def sign_out() -> None:
    """End the session of this browser."""
    logout_user()
    session.clear()


def login_required(view: Callable[P, R]) -> Callable[P, R | ResponseReturnValue]:
    """Let those alone into a view who are signed in: others are asked to."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R | ResponseReturnValue:
        return view(*args, **kwargs) if current_user.is_authenticated else ask_to_sign_in()

    return guarded


def administrator_required(view: Callable[P, R]) -> Callable[P, R | ResponseReturnValue]:
    """Let administrators alone into a view: other accounts get 403, others are asked to sign in."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        if not current_user.is_administrator:
            abort(403)
        return view(*args, **kwargs)

    return login_required(guarded)


def safe_path(given: str | None) -> str | None:
    """`given` if it is the path of a page of this site, else None.

    A link to our sign-in page must not lead elsewhere. Browsers take `\\` for `/` and leave out
    tabs and line breaks, so `/\\t/evil.example` would be another site's address.
    """
    if not given or not given.startswith("/") or given.startswith("//"):
        return None
    if "\\" in given or any(ord(c) <= ord(" ") for c in given):
        return None
    try:
        parts = urlsplit(given)
    except ValueError:
        return None
    return None if parts.scheme or parts.netloc else given


def ask_to_sign_in() -> ResponseReturnValue:
    """Send the visitor to the form, and from there back to the page that was asked for."""
    flash("Sign in to go on.")
    # Only a page can be asked for again; what a form held would be lost.
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("accounts.sign_in", next=wanted), 303)


# For who takes Flask-Login's own decorators.
manager.unauthorized_callback = ask_to_sign_in


@manager.user_loader  # type: ignore[untyped-decorator]
def load_user(kept: str) -> User | None:
    """The account of the session, unless that is over: by time, a new password, a disabled account.

    When the database fails, the error is raised once: the page that reports it asks again who
    is signed in, and is told nobody.
    """
    if g.get("user_unknown") or _expired():
        return None
    g.user_unknown = True
    user_id, _, epoch = kept.partition(":")
    user = db.session.get(User, int(user_id)) if user_id.isdecimal() else None
    g.user_unknown = False
    if user is None or not user.is_active or str(user.session_epoch) != epoch:
        return None
    g.user_id = user.id
    return user


def _expired() -> bool:
    """Whether the last visit or the sign-in is too long ago; else this is the last visit."""
    now = int(time.time())
    began, seen = int(session.get(BEGAN, 0)), int(session.get(SEEN, 0))
    idle_seconds = now - seen
    if idle_seconds > current_app.config["CONFIG"].session_seconds:
        return True
    if idle_seconds > SEEN_RESOLUTION_SECONDS:
        session[SEEN] = now
    return now - began > LONGEST_SECONDS
