"""All accounts, as an administrator sees and changes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy import delete as delete_from
from sqlalchemy.orm import Session

from app.accounts.models import Role, User

PAGE_SIZE = 20


class LastAdministratorError(Exception):
    """It would leave nobody who can look after the site."""

    def __init__(self) -> None:
        super().__init__(
            "This is the last administrator who can sign in. Make somebody else one first."
        )


@dataclass(frozen=True)
class Page:
    """Some accounts, newest first; `older` is the `before` of the next page, None on the last."""

    users: list[User]
    older: int | None


def newest(session: Session, before: int | None = None, *, search: str = "") -> Page:
    """A page of accounts with ids under `before`, with `search` in their name or address."""
    query = select(User).order_by(User.id.desc()).limit(PAGE_SIZE + 1)
    if before is not None:
        query = query.where(User.id < before)
    if search:
        columns = (User.email, User.name)
        query = query.where(or_(*(c.icontains(search, autoescape=True) for c in columns)))
    users = list(session.scalars(query))
    page = users[:PAGE_SIZE]
    return Page(page, page[-1].id if len(users) > PAGE_SIZE else None)


def count(session: Session) -> int:
    """How many accounts there are."""
    return session.scalar(select(func.count()).select_from(User)) or 0


def set_role(session: Session, user_id: int, role: Role) -> User | None:
    """Make the account an author or an administrator; None when there is no such account.

    LastAdministratorError when nobody else could look after the site.
    """
    user = _locked(session, user_id, keep=role is Role.ADMINISTRATOR)
    if user is not None:
        user.role = role
    session.commit()
    return user


def disable(session: Session, user_id: int) -> User | None:
    """Shut the account out at once, its sessions and tokens too; otherwise as `set_role`."""
    user = _locked(session, user_id, keep=False)
    if user is not None and user.disabled_at is None:
        user.disabled_at = datetime.now(UTC)
        # Else sessions of before would live again once the account is enabled.
        user.session_epoch = User.session_epoch + 1
    session.commit()
    return user


def enable(session: Session, user_id: int) -> User | None:
    """Let a disabled account in again; None when there is no such account."""
    user = _locked(session, user_id, keep=True)
    if user is not None:
        user.disabled_at = None
    session.commit()
    return user


def delete(session: Session, user_id: int) -> None:
    """Remove the account with its tokens; its polls stay. LastAdministratorError as above."""
    if _locked(session, user_id, keep=False) is not None:
        session.execute(delete_from(User).where(User.id == user_id))
    session.commit()


def _locked(session: Session, user_id: int, *, keep: bool) -> User | None:
    """The account, which nobody else changes until the transaction ends.

    Unless it will `keep` looking after the site, another administrator has to be able to.
    """
    active = and_(User.role == Role.ADMINISTRATOR, User.disabled_at.is_(None))
    # All of them, in one order: of two who take each other's rights, one comes second and fails.
    query = select(User).where(or_(User.id == user_id, active)).order_by(User.id)
    fresh = query.with_for_update().execution_options(populate_existing=True)
    users = {user.id: user for user in session.scalars(fresh)}
    administrators = {
        user.id for user in users.values() if user.is_administrator and user.is_active
    }
    if not keep and administrators == {user_id}:
        session.rollback()
        raise LastAdministratorError
    return users.get(user_id)
