"""The first administrator, whom nobody else could make."""

from __future__ import annotations

import logging

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from app.accounts.models import Role, User
from app.accounts.registry import EmailTakenError, NotAnEmailError, create_user
from app.config import Config
from app.deploy.problems import DeployError

log = logging.getLogger("app.deploy")


def make_administrator(connection: Connection, config: Config) -> None:
    """Make the administrator of the settings unless there is one; never change an account.

    DeployError when the address cannot be one.
    """
    with Session(connection) as session:
        there = select(User.id).where(User.role == Role.ADMINISTRATOR, User.disabled_at.is_(None))
        if session.scalar(there.limit(1)) is not None:
            log.info("Administrator: there is one.")
        elif config.admin_email is None:
            log.info("Administrator: none, as ADMIN_EMAIL is not set.")
        else:
            _make(session, config.admin_email, config)


def _make(session: Session, email: str, config: Config) -> None:
    password = config.admin_password.get_secret_value() if config.admin_password else None
    role = Role.ADMINISTRATOR
    try:
        create_user(session, email=email, name="Administrator", password=password, role=role)
    except EmailTakenError:
        # Whoever registered it need not be whom the settings mean.
        log.warning(
            "Administrator: none. An author has the address in ADMIN_EMAIL, and stays one: set an "
            "address that has no account, and release again."
        )
    except NotAnEmailError as error:
        raise DeployError(
            f"ADMIN_EMAIL is no address: {error}\nCorrect it and run the release again."
        ) from None
    else:
        how = "signs in with ADMIN_PASSWORD" if password else "asks for a password by mail first"
        log.info("Administrator: made; %s.", how)
