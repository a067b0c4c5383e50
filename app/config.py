"""Settings of the application, read once from the environment (and `.env` in development)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    FilePath,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

DRIVER = "postgresql+psycopg"
SCHEMES = frozenset({"postgresql", "postgres", DRIVER})
PARTS = ("database_host", "database_name", "database_user", "database_password")
HOST_NAME = r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$"
# 32 characters of fewer kinds than this are a placeholder or a repetition, not a random key.
DISTINCT_CHARACTERS = 10


@dataclass(frozen=True)
class Problem:
    """One wrong or missing variable; `str()` is the line a person reads."""

    name: str
    given: str
    allowed: str
    write: str

    def __str__(self) -> str:
        """The line in the message."""
        return f"{self.name}: {self.given} given, {self.allowed} allowed; write {self.write}"


class ConfigError(Exception):
    """The environment does not describe a configuration; `problems` holds all that is wrong."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        lines = "\n".join(f"  {problem}" for problem in problems)
        super().__init__(
            f"The application cannot start: {len(problems)} setting(s) missing or wrong.\n{lines}\n"
            "Set them in the environment of this process, or in a file .env where it is started."
        )


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _random(key: SecretStr) -> SecretStr:
    if len(set(key.get_secret_value())) < DISTINCT_CHARACTERS:
        raise ValueError("not random")
    return key


def _address(given: SecretStr) -> SecretStr:
    try:
        url = make_url(given.get_secret_value())
    except (ArgumentError, ValueError):
        # The parser's own message repeats the address with its password.
        raise ValueError("not an address") from None
    if url.drivername not in SCHEMES or not url.database or not (url.host or url.query.get("host")):
        raise ValueError("not a Postgres address")
    return given


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
    database_url: Annotated[SecretStr, AfterValidator(_address)] | None = _setting(
        None, "a Postgres address with host and database", URL_EXAMPLE
    )
    database_host: str | None = _name_part("a host name", "db.example.org")
    database_port: int = _setting(5432, "a whole number from 1 to 65535", "5432", ge=1, le=65535)
    database_name: str | None = _name_part("a name", "polls")
    database_user: str | None = _name_part("a name", "app")
    database_password: SecretStr | None = _name_part("a password", "'...'")
    database_sslmode: SslMode = _setting(
        "require", "disable, prefer, require or verify-full", "require"
    )
    # libpq reads this variable itself; here it is only checked.
    pgsslrootcert: FilePath | None = _setting(
        None, "a file of certificates (verify-full needs it)", "/etc/ssl/certs/rds.pem"
    )
    migrate_on_start: bool = _setting(False, "true or false", "false")

    @model_validator(mode="before")
    @classmethod
    def _require_together(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Make what others demand fail as an empty value, so that it is reported with the rest."""
        if not values.get("database_url"):
            if any(part in values for part in PARTS):
                for part in PARTS:
                    values.setdefault(part, "")
            else:
                values["database_url"] = ""
        if values.get("database_sslmode") == "verify-full":
            values.setdefault("pgsslrootcert", "")
        return values

    @property
    def database_address(self) -> URL:
        """The database as SQLAlchemy takes it, from DATABASE_URL or else from the parts."""
        if self.database_url is not None:
            return make_url(self.database_url.get_secret_value()).set(drivername=DRIVER)
        assert self.database_password is not None, "the parts are complete where there is no URL"  # noqa: S101
        return URL.create(
            DRIVER,
            username=self.database_user,
            password=self.database_password.get_secret_value(),
            host=self.database_host,
            port=self.database_port,
            database=self.database_name,
            query={"sslmode": self.database_sslmode},
        )

    @property
    def host_names(self) -> frozenset[str]:
        """The names this site answers to; empty means any."""
        names = [self.domain or "", *self.domain_aliases.split(",")] if self.domain else []
        return frozenset(name.strip() for name in names if name.strip())


def load_config() -> Config:
    """Read the environment; ConfigError with every problem when it is not complete and valid."""
    try:
        return Config()
    except ValidationError as error:
        problems = {problem.name: problem for problem in map(_problem, error.errors())}
    raise ConfigError(list(problems.values()))


def _problem(detail: ErrorDetails) -> Problem:
    name = str(detail["loc"][0])
    field = Config.model_fields[name]
    return Problem(
        name=name.upper(),
        given=_given(detail, secret="SecretStr" in str(field.annotation)),
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
