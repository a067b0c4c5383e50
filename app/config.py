"""Settings of the application, read once from the environment (and `.env` in development)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    DirectoryPath,
    Field,
    FilePath,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import URL

from app import addresses
from app.addresses import SQS
from app.problems import ConfigError, Problem

PARTS = ("database_host", "database_name", "database_user")
OWNER = ("database_owner_user", "database_owner_password")
HOST_NAME = r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$"
# 32 characters of fewer kinds than this are a placeholder or a repetition, not a random key.
DISTINCT_CHARACTERS = 10


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _random(key: SecretStr) -> SecretStr:
    if len(set(key.get_secret_value())) < DISTINCT_CHARACTERS:
        raise ValueError("not random")
    return key


def _setting(default: Any, allowed: str, example: str, **limits: Any) -> Any:
    """Describe one variable: `allowed` and `example` go into the message when it is wrong."""
    return Field(default, description=allowed, examples=[example], **limits)


def _name_part(kind: str, example: str) -> Any:
    return _setting(None, f"{kind} of 1 to 255 characters", example, min_length=1, max_length=255)


LogLevel = Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)]
SslMode = Literal["disable", "prefer", "require", "verify-full"]
RANDOM_KEY = "$(python3 -c 'import secrets; print(secrets.token_urlsafe(32))')"
URL_EXAMPLE = (
    "postgresql://USER:PASSWORD@HOST:5432/NAME"
    " (or DATABASE_HOST, DATABASE_NAME, DATABASE_USER and DATABASE_PASSWORD)"
)


class Config(BaseSettings):
    """Every setting; the variable is the field's name in capitals, times are seconds."""

    model_config = SettingsConfigDict(
        frozen=True, env_file=".env", env_ignore_empty=True, extra="ignore"
    )

    # Server
    # A container's network is its own; on a person's machine only that machine should answer.
    host: str = _setting(
        "0.0.0.0",  # noqa: S104 - see above
        "an address to listen on",
        "127.0.0.1",
        pattern=r"^[0-9a-fA-F.:]{2,45}$",
    )
    port: int = _setting(8000, "a whole number from 1 to 65535", "8000", ge=1, le=65535)
    threads: int = _setting(8, "a whole number from 1 to 64", "8", ge=1, le=64)
    # Longer than the balancer keeps an idle connection (60 s), else it reuses a closed one.
    keep_alive: int = _setting(75, "a whole number of seconds from 1 to 4000", "75", ge=1, le=4000)
    # What the platform grants between SIGTERM and SIGKILL; Fargate allows 120 at most.
    stop_timeout: int = _setting(30, "a whole number of seconds from 2 to 120", "30", ge=2, le=120)
    trusted_proxies: int = _setting(0, "0 (none) or 1 (behind the balancer)", "0", ge=0, le=1)

    # Labels, for logs alone
    app_env: str = _setting("development", "1 to 32 characters", "staging", max_length=32)
    release: str = _setting("", "up to 128 characters", "2026-01-31", max_length=128)

    # Logs
    log_level: LogLevel = _setting("info", "debug, info, warning or error", "info")
    log_format: Literal["json", "text"] = _setting("json", "json or text", "json")

    # Visitors
    secret_key: Annotated[SecretStr, AfterValidator(_random)] = _setting(
        ..., "32 random characters or more", RANDOM_KEY, min_length=32
    )
    session_cookie_secure: bool = _setting(True, "true or false", "true")
    domain: str | None = _setting(
        None, "a host name in lower case", "polls.example.org", pattern=HOST_NAME, max_length=253
    )
    domain_aliases: str = _setting(
        "",
        "host names in lower case, separated by commas",
        "www.example.org,example.org",
        pattern=r"^[a-z0-9.,\- ]*$",
    )

    # Database: the whole address, or its parts
    database_url: Annotated[SecretStr, AfterValidator(addresses.database)] | None = _setting(
        None, "a Postgres address with host and database", URL_EXAMPLE
    )
    database_host: str | None = _name_part("a host name", "db.example.org")
    database_port: int = _setting(5432, "a whole number from 1 to 65535", "5432", ge=1, le=65535)
    database_name: str | None = _name_part("a name", "polls")
    database_user: str | None = _name_part("a name", "app")
    database_auth: Literal["password", "iam"] = _setting(
        "password", "password, or iam (login by a token of the task's role)", "password"
    )
    database_password: SecretStr | None = _name_part("a password", "'...'")
    # Only the release process knows the owner: it changes the schema, and makes the role above.
    database_owner_user: str | None = _name_part("a name other than DATABASE_USER", "owner")
    database_owner_password: SecretStr | None = _name_part("a password", "'...'")
    database_sslmode: SslMode = _setting(
        "require", "disable, prefer, require or verify-full", "require"
    )
    # libpq reads this variable itself; here it is only checked.
    pgsslrootcert: FilePath | None = _setting(
        None, "a file of certificates (verify-full needs it)", "/etc/ssl/certs/rds.pem"
    )

    # Jobs: the broker they travel by, and what a worker needs
    broker_url: Annotated[SecretStr, AfterValidator(addresses.broker)] | None = _setting(
        None, "sqs://, or an address with amqps:// or rediss://", SQS
    )
    queue_url_worker: str | None = _setting(
        None, "the https:// address of an SQS queue", "https://...", pattern=r"^https?://\S+/\S+$"
    )
    # The upper end is SQS's longest visibility timeout, 12 hours, less a minute to say goodbye.
    job_limit_seconds_worker: int = _setting(
        60, "a whole number of seconds from 1 to 43140", "60", ge=1, le=43_140
    )
    # Fargate sets it.
    aws_region: str | None = _setting(
        None, "an AWS region", "eu-central-1", pattern=r"^[a-z]{2}(-[a-z]+)+-\d$"
    )
    # Where worker and schedule leave their sign of life: app/liveness.py.
    alive_folder: DirectoryPath = _setting(
        Path("/tmp"),  # noqa: S108 - the one writable folder of a container
        "a folder that can be written to",
        "/tmp",  # noqa: S108
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
        if values.get("database_sslmode") == "verify-full":
            needed.add("pgsslrootcert")
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

    @property
    def host_names(self) -> frozenset[str]:
        """The names this site answers to; empty means any."""
        names = [self.domain or "", *self.domain_aliases.split(",")] if self.domain else []
        return frozenset(name.strip() for name in names if name.strip())


def load_config(process: str = "web") -> Config:
    """Read the environment; ConfigError with every problem when `process` could not run with it."""
    try:
        config = Config()
    except ValidationError as error:
        problems = {problem.name: problem for problem in map(_problem, error.errors())}
        raise ConfigError(problems.values()) from None
    missing = [name for name in _needs(config, process) if getattr(config, name) is None]
    if missing:
        raise ConfigError(_described(name, "nothing") for name in missing)
    return config


def _needs(config: Config, process: str) -> list[str]:
    """The settings that only this process cannot do without."""
    if process == "release" and config.database_auth == "iam":
        return list(OWNER)
    if process not in {"worker", "schedule"}:
        return []
    if config.broker_url is not None and config.broker_url.get_secret_value() != SQS:
        return []
    return ["broker_url", "queue_url_worker", "aws_region"]


def _problem(detail: ErrorDetails) -> Problem:
    name = str(detail["loc"][0])
    secret = "SecretStr" in str(Config.model_fields[name].annotation)
    return _described(name, _given(detail, secret=secret))


def _described(name: str, given: str) -> Problem:
    field = Config.model_fields[name]
    return Problem(
        name=name.upper(),
        given=given,
        allowed=field.description or "",
        write=f"{name.upper()}={(field.examples or [''])[0]}",
    )


def _given(detail: ErrorDetails, *, secret: bool) -> str:
    value = detail["input"]
    if detail["type"] == "missing" or value in {"", None}:
        return "nothing"
    if secret:
        return f"a value of {len(str(value))} characters (not shown)"
    return repr(value)[:80]
