"""Settings of the database."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    FilePath,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)
from sqlalchemy import URL

from app import addresses
from app.config.setting import Section, setting, whole_number

PARTS = ("database_host", "database_name", "database_user")
OWNER = ("database_owner_user", "database_owner_password")
SslMode = Literal["disable", "prefer", "require", "verify-full"]
URL_EXAMPLE = (
    "postgresql://USER:PASSWORD@HOST:5432/NAME"
    " (or DATABASE_HOST, DATABASE_NAME, DATABASE_USER and DATABASE_PASSWORD)"
)


def _part(meaning: str, kind: str, example: str, needed: str = "without `DATABASE_URL`") -> Any:
    return setting(
        None,
        meaning,
        allowed=f"{kind} of 1 to 255 characters",
        example=example,
        needed=needed,
        min_length=1,
        max_length=255,
    )


class Database(Section):
    """The database: its whole address, or the parts of one."""

    database_url: Annotated[SecretStr, AfterValidator(addresses.database)] | None = setting(
        None,
        "The whole address, of Postgres or MySQL",
        allowed="an address with postgresql:// or mysql://, host and database",
        example=URL_EXAMPLE,
        needed="without the parts below",
    )
    database_host: str | None = _part("Host of a Postgres server", "a host name", "db.example.org")
    database_port: int = whole_number(5432, "Its port", 1, 65535)
    database_name: str | None = _part("The database's name", "a name", "polls")
    database_user: str | None = _part("The role that the application logs in as", "a name", "app")
    database_auth: Literal["password", "iam"] = setting(
        "password",
        "How it logs in; `iam` needs the parts and `AWS_REGION`",
        allowed="password, or iam (login by a token of the task's role)",
        example="password",
    )
    database_password: SecretStr | None = _part(
        "The role's password", "a password", "'...'", "with the parts, unless `DATABASE_AUTH=iam`"
    )
    # Only the release process knows the owner: it changes the schema, and makes the role above.
    database_owner_user: str | None = _part(
        "Owner of the schema",
        "a name other than DATABASE_USER",
        "owner",
        "by `release` with `DATABASE_AUTH=iam`",
    )
    database_owner_password: SecretStr | None = _part(
        "The owner's password", "a password", "'...'", "with `DATABASE_OWNER_USER`"
    )
    database_sslmode: SslMode = setting(
        "require",
        "How much of TLS is demanded where the parts are used",
        allowed="disable, prefer, require or verify-full",
        example="verify-full",
    )
    # libpq reads this variable itself; here it is only checked.
    pgsslrootcert: FilePath | None = setting(
        None,
        "Certificates that `verify-full` trusts; without it those of RDS, which the image holds",
        allowed="a file of certificates",
        example="/etc/ssl/certs/rds.pem",
    )
    database_pool_size: int | None = whole_number(
        None,
        "Connections that a process keeps; by default `THREADS`",
        1,
        64,
        example="8",
    )
    database_connect_seconds: int = whole_number(
        3, "How long a new connection may take", 1, 60, unit="seconds"
    )
    database_statement_seconds: int = whole_number(
        15, "How long one statement may take", 1, 3600, unit="seconds"
    )

    @model_validator(mode="before")
    @classmethod
    def _require_together(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Make what others demand fail as an empty value, so that it is reported with the rest."""
        by_token = values.get("database_auth") == "iam"
        needed: set[str] = {"aws_region"} if by_token else set()
        if not values.get("database_url") or by_token:
            parts = PARTS if by_token else (*PARTS, "database_password")
            some = by_token or any(part in values for part in parts)
            needed.update(parts if some else ["database_url"])
        if any(part in values for part in OWNER):
            needed.update(OWNER + PARTS)
        return dict.fromkeys(needed, "") | values

    @field_validator("database_owner_user")
    @classmethod
    def _another(cls, owner: str | None, others: ValidationInfo) -> str | None:
        """Refuse the owner as the application's role: IAM login would end the one by password."""
        if owner is not None and owner == others.data.get("database_user"):
            raise ValueError("not another role")
        return owner

    @property
    def database_address(self) -> URL:
        """The database as SQLAlchemy takes it; without a password where tokens are the login."""
        if self.database_url is not None and self.database_auth == "password":
            return addresses.database_url(self.database_url)
        return self._address_of(self.database_user, self.database_password)

    @property
    def owner_address(self) -> URL | None:
        """The same database for its owner; None where the process does not know the owner."""
        if self.database_owner_user is None:
            return None
        return self._address_of(self.database_owner_user, self.database_owner_password)

    def _address_of(self, user: str | None, password: SecretStr | None) -> URL:
        host, port, name = self.database_host, self.database_port, self.database_name
        return addresses.database_url_of(user, password, host, port, name, self.database_sslmode)
