import runpy
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from app.__main__ import main
from app.config import Config, load_config
from app.problems import ConfigError
from tests.app.conftest import SECRET_KEY

GOOD = {
    "DATABASE_URL": "postgresql://app:hidden@db.example.org/polls",
    "SECRET_KEY": SECRET_KEY,
}
PARTS = {
    "SECRET_KEY": SECRET_KEY,
    "DATABASE_HOST": "db.example.org",
    "DATABASE_NAME": "polls",
    "DATABASE_USER": "app",
    "DATABASE_PASSWORD": "p@ss/word:?#",
}

# variable, value (None: not set), what the message says was given, what it says to write
BAD = [
    ("SECRET_KEY", None, "nothing given", "write SECRET_KEY="),
    ("SECRET_KEY", "", "nothing given", "write SECRET_KEY="),
    ("SECRET_KEY", "short", "5 characters (not shown)", "32 random characters"),
    ("SECRET_KEY", "a" * 40, "40 characters (not shown)", "token_urlsafe"),
    ("DATABASE_URL", None, "nothing given", "write DATABASE_URL=postgresql://"),
    ("DATABASE_URL", "mysql://app:hidden@db/polls", "(not shown)", "a Postgres address"),
    ("DATABASE_URL", "postgresql://app:hidden@db.example.org", "(not shown)", "with host and data"),
    ("DATABASE_URL", "postgresql:///polls", "(not shown)", "with host and database"),
    ("DATABASE_URL", "postgresql://app:hidden@db:port/polls", "(not shown)", "a Postgres address"),
    ("DATABASE_URL", "hidden", "6 characters (not shown)", "or DATABASE_HOST"),
    ("DATABASE_PORT", "0", "'0' given", "1 to 65535"),
    ("DATABASE_SSLMODE", "allow", "'allow' given", "disable, prefer, require or verify-full"),
    ("DATABASE_SSLMODE", "verify-full", "PGSSLROOTCERT: nothing given", "write PGSSLROOTCERT=/"),
    ("PGSSLROOTCERT", "/no/such/file", "'/no/such/file' given", "a file of certificates"),
    ("PORT", "http", "'http' given", "write PORT=8000"),
    ("PORT", "65536", "'65536' given", "1 to 65535"),
    ("PORT", "80.5", "'80.5' given", "a whole number"),
    ("THREADS", "0", "'0' given", "1 to 64"),
    ("THREADS", "65", "'65' given", "write THREADS=8"),
    ("KEEP_ALIVE", "0", "'0' given", "write KEEP_ALIVE=75"),
    ("STOP_TIMEOUT", "121", "'121' given", "2 to 120"),
    ("TRUSTED_PROXIES", "2", "'2' given", "0 (none) or 1 (behind the balancer)"),
    ("TRUSTED_PROXIES", "*", "'*' given", "write TRUSTED_PROXIES=0"),
    ("LOG_LEVEL", "loud", "'loud' given", "debug, info, warning or error"),
    ("LOG_FORMAT", "xml", "'xml' given", "json or text"),
    ("SESSION_COOKIE_SECURE", "maybe", "'maybe' given", "true or false"),
    ("BROKER_URL", "hidden", "6 characters (not shown)", "write BROKER_URL=sqs://"),
    ("BROKER_URL", "sqs://me:hidden@", "16 characters (not shown)", "write BROKER_URL=sqs://"),
    ("BROKER_URL", "amqps://", "8 characters (not shown)", "amqps:// or rediss://"),
    ("QUEUE_URL_WORKER", "worker", "'worker' given", "the https:// address of an SQS queue"),
    ("JOB_LIMIT_SECONDS_WORKER", "0", "'0' given", "1 to 43140"),
    ("AWS_REGION", "Frankfurt", "'Frankfurt' given", "write AWS_REGION=eu-central-1"),
    ("ALIVE_FOLDER", "/no/such/folder", "'/no/such/folder' given", "a folder that can be"),
    ("DATABASE_AUTH", "token", "'token' given", "password, or iam"),
    ("APP_ENV", "x" * 33, "'xxx", "1 to 32 characters"),
    ("DOMAIN", "Polls.example.org", "'Polls.example.org' given", "in lower case"),
    ("DOMAIN", "*.example.org", "'*.example.org' given", "write DOMAIN=polls.example.org"),
    ("DOMAIN", "https://example.org", "'https://example.org' given", "a host name"),
    ("DOMAIN_ALIASES", "a.example.org;b.example.org", "given", "separated by commas"),
]


def set_environment(monkeypatch: pytest.MonkeyPatch, values: dict[str, str]) -> None:
    for name, value in values.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(("name", "value", "given", "write"), BAD)
def test_a_bad_value_is_refused_with_what_was_given_and_what_to_write(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str | None, given: str, write: str
) -> None:
    set_environment(monkeypatch, GOOD)
    if value is None:
        monkeypatch.delenv(name)
    else:
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError) as caught:
        load_config()
    message = str(caught.value)
    assert f"  {name}: " in message or name == "DATABASE_SSLMODE", "which variable is meant?"
    assert given in message, "the reader would not see what was wrong"
    assert write in message, "the reader would not know what to write"
    assert len(caught.value.problems) == 1, "one mistake would be reported as several"


@pytest.mark.parametrize("secret", ["hidden", "short-but-telling", "mysql://app:hidden@db/polls"])
@pytest.mark.parametrize(
    "name",
    ["SECRET_KEY", "DATABASE_URL", "DATABASE_PASSWORD", "DATABASE_OWNER_PASSWORD", "BROKER_URL"],
)
def test_a_secret_value_is_never_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, secret: str
) -> None:
    set_environment(monkeypatch, {name: secret})
    with pytest.raises(ConfigError) as caught:
        load_config()
    assert secret not in str(caught.value), "the log would hold a secret"
    assert caught.value.__cause__ is None, "a traceback would hold a secret"


def test_all_problems_are_reported_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    set_environment(monkeypatch, {"PORT": "x", "LOG_LEVEL": "loud", "DATABASE_HOST": "db"})
    with pytest.raises(ConfigError) as caught:
        load_config()
    names = {problem.name for problem in caught.value.problems}
    missing = {"SECRET_KEY", "DATABASE_NAME", "DATABASE_USER", "DATABASE_PASSWORD"}
    assert names == {"PORT", "LOG_LEVEL"} | missing, "each start would show one more mistake"


def test_the_parts_make_an_address_with_any_password(monkeypatch: pytest.MonkeyPatch) -> None:
    set_environment(monkeypatch, PARTS)
    address = load_config().database_address
    assert address.password == PARTS["DATABASE_PASSWORD"], "a generated password would not work"
    assert (address.host, address.port, address.database) == ("db.example.org", 5432, "polls")
    assert address.query["sslmode"] == "require", "the password could travel in the clear"


def test_the_whole_address_wins_over_the_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    set_environment(monkeypatch, PARTS | {"DATABASE_URL": "postgres://me:it@other.example/name"})
    address = load_config().database_address
    assert (address.host, address.username, dict(address.query)) == ("other.example", "me", {})
    assert address.drivername == "postgresql+psycopg", "another driver would be looked for"


def test_the_environment_wins_over_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text(
        f"SECRET_KEY={SECRET_KEY}\nDATABASE_URL=postgresql://a:b@file/name\nPORT=1234\nOTHER=x\n"
    )
    monkeypatch.setenv("PORT", "4321")
    config = load_config()
    assert config.database_address.host == "file", "development would need exported variables"
    assert config.port == 4321, "a file left behind would override the environment"


def test_a_configuration_cannot_be_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    set_environment(monkeypatch, GOOD)
    config = load_config()
    with pytest.raises(ValidationError):
        config.port = 1


def test_secrets_do_not_show_when_a_configuration_is_printed() -> None:
    values: dict[str, Any] = {name.lower(): value for name, value in PARTS.items()}
    config = Config(**values)
    assert SECRET_KEY not in repr(config), "a debug line would hold the key"
    assert PARTS["DATABASE_PASSWORD"] not in repr(config), "a debug line would hold the password"


TOKEN = {name: value for name, value in PARTS.items() if name != "DATABASE_PASSWORD"} | {
    "DATABASE_AUTH": "iam",
    "AWS_REGION": "eu-central-1",
}


def missing_names(process: str) -> set[str]:
    with pytest.raises(ConfigError) as caught:
        load_config(process)
    assert all(problem.given == "nothing" for problem in caught.value.problems)
    return {problem.name for problem in caught.value.problems}


def test_login_by_token_needs_no_password_but_a_region(monkeypatch: pytest.MonkeyPatch) -> None:
    set_environment(monkeypatch, TOKEN)
    assert load_config().database_address.password is None
    monkeypatch.delenv("AWS_REGION")
    assert missing_names("web") == {"AWS_REGION"}, "the first page would fail, not the start"


def test_login_by_token_needs_the_parts_even_beside_a_whole_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_environment(monkeypatch, GOOD | {"DATABASE_AUTH": "iam", "AWS_REGION": "eu-central-1"})
    wanted = {"DATABASE_HOST", "DATABASE_NAME", "DATABASE_USER"}
    assert missing_names("web") == wanted, "a password would be used where none is expected"


def test_a_release_by_token_needs_the_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    set_environment(monkeypatch, TOKEN)
    owner = {"DATABASE_OWNER_USER", "DATABASE_OWNER_PASSWORD"}
    assert missing_names("release") == owner, "the migrations would fail for want of rights"
    monkeypatch.setenv("DATABASE_OWNER_USER", "owner")
    assert missing_names("web") == {"DATABASE_OWNER_PASSWORD"}
    monkeypatch.setenv("DATABASE_OWNER_PASSWORD", "p@ss/word:?#")
    address = load_config("release").owner_address
    assert address is not None
    assert (address.username, address.password) == ("owner", "p@ss/word:?#")


def test_the_owner_is_refused_as_the_applications_role(monkeypatch: pytest.MonkeyPatch) -> None:
    set_environment(monkeypatch, TOKEN)
    set_environment(
        monkeypatch, {"DATABASE_OWNER_USER": "app", "DATABASE_OWNER_PASSWORD": "hidden"}
    )
    with pytest.raises(ConfigError, match="DATABASE_OWNER_USER: 'app' given, a name other than"):
        load_config("release")  # the owner could no longer log in by password


@pytest.mark.parametrize("process", ["worker", "schedule"])
def test_who_handles_jobs_needs_a_broker(monkeypatch: pytest.MonkeyPatch, process: str) -> None:
    set_environment(monkeypatch, GOOD)
    needed = {"BROKER_URL", "QUEUE_URL_WORKER", "AWS_REGION"}
    assert missing_names(process) == needed
    monkeypatch.setenv("BROKER_URL", "sqs://")
    assert missing_names(process) == needed - {"BROKER_URL"}
    for address in ("amqps://me:it@broker.example:5671", "rediss://:it@broker.example:6379/1"):
        monkeypatch.setenv("BROKER_URL", address)
        assert load_config(process).broker_url, "another broker would be refused"


@pytest.mark.parametrize("command", ["web", "release", "worker", "schedule"])
def test_a_process_without_settings_ends_with_the_message_alone(
    command: str, own_logging: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command]) == 2, "the platform would take the start for a good one"
    printed = capsys.readouterr()
    assert printed.err.startswith("The application cannot start: 2 setting(s) missing or wrong.")
    assert printed.err.endswith(f"{command} failed: exit code 2.\n")
    assert printed.out == ""


def test_another_server_gets_the_message_alone_too() -> None:
    with pytest.raises(SystemExit, match="cannot start") as caught:
        runpy.run_module("app.wsgi")
    assert caught.value.__suppress_context__, "the reason would drown in a stack trace"
