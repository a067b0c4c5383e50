"""Accounts in terms of the database: made, found, checked, changed."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts import passwords
from app.accounts.models import EMAIL_LENGTH, NAME_LENGTH, Role, User

# More than a person types; what is longer is not even hashed.
LONGEST_INPUT = 1000


class EmailTakenError(Exception):
    """There is an account for this address already."""


class NotAnEmailError(ValueError):
    """What was given is no address that mail can be sent to; the message says why."""


def one_line(text: str | None) -> str:
    """White space becomes one space, what cannot be seen goes."""
    spaced = " ".join((text or "").split())
    return "".join(c for c in spaced if unicodedata.category(c)[0] != "C").strip()


def normal_email(text: str) -> str:
    """An address in the form that is kept, in lower case; NotAnEmailError when it is none.

    Whether somebody reads mail there is not asked.
    """
    # Only here: `web` starts the sooner.
    from email_validator import EmailNotValidError, validate_email

    try:
        checked = validate_email(text.strip(), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise NotAnEmailError(str(error)) from None
    address = checked.normalized.lower()
    if len(address) > EMAIL_LENGTH:
        raise NotAnEmailError(f"An address has at most {EMAIL_LENGTH} characters.")
    return address


def create_user(
    session: Session,
    *,
    email: str,
    name: str,
    password: str | None = None,
    role: Role = Role.AUTHOR,
) -> User:
    """Save a new account; without a password only a reset by mail lets its owner in.

    EmailTakenError when there is one for the address, NotAnEmailError when it is no address.
    """
    user = User(
        email=normal_email(email),
        name=one_line(name)[:NAME_LENGTH],
        password_hash=None if password is None else passwords.hash_of(password),
        role=role,
    )
    try:
        # A savepoint: what else the caller has begun is kept when the address is taken.
        with session.begin_nested():
            session.add(user)
    except IntegrityError:
        raise EmailTakenError(user.email) from None
    session.commit()
    return user


def find_by_email(session: Session, email: str) -> User | None:
    """The account of the address, if what was given is one that has one."""
    try:
        address = normal_email(email[:LONGEST_INPUT])
    except NotAnEmailError:
        return None
    return session.scalar(select(User).where(User.email == address))


def authenticate(session: Session, email: str, password: str) -> User | None:
    """The account that email and password belong to, unless it is disabled.

    Takes about as long whether the account is known, unknown or disabled: nobody is to learn
    which addresses have one. A hash with parameters of the past is replaced.
    """
    user = find_by_email(session, email)
    password = password[:LONGEST_INPUT]
    right = passwords.verify(user.password_hash if user else None, password)
    if user is None or not right or user.disabled_at is not None:
        return None
    if user.password_hash is not None and passwords.outdated(user.password_hash):
        user.password_hash = passwords.hash_of(password)
    user.signed_in_at = datetime.now(UTC)
    session.commit()
    return user


def change_password(session: Session, user: User, password: str) -> bool:
    """Set a new password, which ends every session and every reset link of the account.

    False when another change came first: of two uses of one link only one counts.
    """
    values = {
        "password_hash": passwords.hash_of(password),
        "session_epoch": user.session_epoch + 1,
    }
    return _change(session, user, values)


def end_sessions(session: Session, user: User) -> bool:
    """Sign the account out wherever it is signed in."""
    return _change(session, user, {"session_epoch": user.session_epoch + 1})


def rename(session: Session, user: User, name: str) -> None:
    """Set the name that others see."""
    user.name = one_line(name)[:NAME_LENGTH]
    session.commit()


def _change(session: Session, user: User, values: dict[str, object]) -> bool:
    unchanged = (User.id == user.id, User.session_epoch == user.session_epoch)
    changed = session.connection().execute(update(User).where(*unchanged).values(values)).rowcount
    session.commit()
    session.refresh(user)
    return changed == 1
