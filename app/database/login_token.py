"""Login to the database without a password: tokens that the role of the task signs itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

from psycopg import OperationalError

from app.config import Config

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient

# RDS takes a token for 15 minutes [RDS user guide, "IAM database authentication"], and not after
# the role's credentials have expired; botocore renews those 10 minutes before. Open connections
# live on without one.
KEEP_SECONDS = 8 * 60


class LoginToken:
    """The token of the moment, signed anew when it is no longer fresh; safe among threads."""

    def __init__(
        self, sign: Callable[[], str], now_seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._sign = sign
        self._now_seconds = now_seconds
        self._lock = Lock()
        self._token = ""
        self._stale_at = float("-inf")

    def value(self) -> str:
        """A token that is at most KEEP_SECONDS old; what `sign` raises when there can be none."""
        with self._lock:
            if self._now_seconds() >= self._stale_at:
                self._token = self._sign()
                self._stale_at = self._now_seconds() + KEEP_SECONDS
            return self._token


def rds_signer(config: Config) -> Callable[[], str]:
    """What signs a token for the application's role, with the credentials that boto3 finds.

    It raises psycopg's OperationalError when there are none, as for a server that is not there.
    """

    @cache
    def client() -> RDSClient:
        # Only here: it takes a fifth of a second of a whole core that the start need not wait for.
        import boto3

        made: RDSClient = boto3.Session(region_name=config.aws_region).client("rds")
        return made

    def sign() -> str:
        from botocore.exceptions import BotoCoreError

        try:
            return client().generate_db_auth_token(
                DBHostname=config.database_host or "",
                Port=config.database_port,
                DBUsername=config.database_user or "",
            )
        except BotoCoreError as error:
            raise OperationalError(f"no token to log in to the database: {error}") from None

    return sign
