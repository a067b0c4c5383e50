import re
import runpy
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from app.__main__ import main
from app.config import Config, load_config
from app.config.loading import is_secret
from app.config.names import PREFIXES
from app.config.reference import documents
from app.problems import ConfigError
from infra import environment, variables
from tests.app.conftest import SECRET_KEY

GOOD = {
    "DATABASE_URL": "postgresql://app:hidden@db.example.org/polls",
    "SECRET_KEY": SECRET_KEY,
    "MAIL_FROM": "polls@example.org",
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
    ("DATABASE_URL", "oracle://app:hidden@db/polls", "(not shown)", "postgresql:// or mysql://"),
    ("DATABASE_URL", "postgresql://app:hidden@db.example.org", "(not shown)", "host and database"),
    ("DATABASE_URL", "postgresql:///polls", "(not shown)", "host and database"),
    ("DATABASE_URL", "postgresql://app:hidden@db:port/polls", "(not shown)", "postgresql:// or my"),
    ("DATABASE_URL", "hidden", "6 characters (not shown)", "or DATABASE_HOST"),
    ("DATABASE_PORT", "0", "'0' given", "1 to 65535"),
    ("DATABASE_SSLMODE", "allow", "'allow' given", "disable, prefer, require or verify-full"),
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
    ("SECURE_SSL_REDIRECT", "true", "'true' given", "true with TRUSTED_PROXIES=1"),
    ("SECURE_HSTS_SECONDS", "-1", "'-1' given", "0 to 63072000"),
    ("SESSION_SECONDS", "299", "'299' given", "300 to 2592000"),
    ("ALLOW_REGISTRATION", "maybe", "'maybe' given", "true or false"),
    ("ADMIN_EMAIL", "ada", "'ada' given", "an e-mail address"),
    ("ADMIN_EMAIL", "a@example.org\nBcc: b@example.org", "given", "an e-mail address"),
    ("DATABASE_POOL_SIZE", "0", "'0' given", "1 to 64"),
    ("DATABASE_CONNECT_SECONDS", "61", "'61' given", "1 to 60"),
    ("DATABASE_STATEMENT_SECONDS", "0", "'0' given", "1 to 3600"),
    ("DEFAULT_STORAGE_DSN", "s3://bucket", "11 characters (not shown)", "?region="),
    ("DEFAULT_STORAGE_DSN", "file://folder", "13 characters (not shown)", "file:///folder"),
    ("MAX_UPLOAD_BYTES", "5 MiB", "'5 MiB' given", "whole number of bytes"),
    ("CACHE_URL", "memcached://cache", "17 characters (not shown)", "rediss://"),
    ("MAIL_URL", "imap://mail.example.org", "23 characters (not shown)", "smtp://"),
    ("MAIL_URL", "ses://Frankfurt", "15 characters (not shown)", "ses://REGION"),
    ("SYSLOG_ADDRESS", "tcp://logs:514", "'tcp://logs:514' given", "udp://HOST:PORT"),
    ("METRICS_TOKEN", "short", "5 characters (not shown)", "16 characters or more"),
    ("SENTRY_DSN", "https://sentry.example.org/1", "28 characters (not shown)", "project"),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "traces:4318", "'traces:4318' given", "http://"),
]

# variable, value, what it cannot be without
TOGETHER = [
    ("MAIL_URL", "smtp://me:it@mail.example.org:587", "MAIL_FROM"),
    ("MAIL_URL", "ses://eu-central-1", "MAIL_FROM"),
    ("ADMIN_PASSWORD", "correct horse battery", "ADMIN_EMAIL"),
    ("DATABASE_AUTH", "iam", "AWS_REGION"),
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
    assert f"  {name}: " in message, "which variable is meant?"
    assert given in message, "the reader would not see what was wrong"
    assert write in message, "the reader would not know what to write"
    assert len(caught.value.problems) == 1, "one mistake would be reported as several"


@pytest.mark.parametrize(("name", "value", "other"), TOGETHER)
def test_a_value_that_needs_another_says_so(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, other: str
) -> None:
    set_environment(monkeypatch, PARTS | {name: value})
    assert missing_names("web") == {other}, "it would fail when it is first used"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://me:it@db.example.org/polls"),
        ("DEFAULT_STORAGE_DSN", "file:///var/media"),
        ("DEFAULT_STORAGE_DSN", "s3://bucket/media/?region=eu-central-1"),
        ("CACHE_URL", "memory://"),
        ("CACHE_URL", "rediss://:it@cache.example.org:6379/0"),
        ("MAIL_URL", "console:"),
        ("ADMIN_EMAIL", "ada@example.org"),
        ("SYSLOG_ADDRESS", "udp://logs.example.org:514"),
        ("SYSLOG_ADDRESS", "/dev/log"),
        ("SENTRY_DSN", "https://key@sentry.example.org/1"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318"),
    ],
)
def test_a_good_value_is_taken(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    set_environment(monkeypatch, GOOD | {name: value})
    taken = getattr(load_config(), name.lower())
    assert (taken.get_secret_value() if isinstance(taken, SecretStr) else taken) == value


@pytest.mark.parametrize("sender", ["polls@example.org", "Polls <polls@example.org>"])
def test_mail_has_a_sender(monkeypatch: pytest.MonkeyPatch, sender: str) -> None:
    set_environment(monkeypatch, GOOD | {"MAIL_URL": "smtp://localhost", "MAIL_FROM": sender})
    assert load_config().mail_from == sender


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("DATABASE_PASSWD", "DATABASE_PASSWORD"),
        ("MAIL_FORM", "MAIL_FROM"),
        ("SECURE_SSL_REDIRECTS", "SECURE_SSL_REDIRECT"),
        ("session_second", "SESSION_SECONDS"),
        ("METRICS_TOKENS", "METRICS_TOKEN"),
    ],
)
def test_a_mistyped_name_is_refused_with_the_nearest_one(
    monkeypatch: pytest.MonkeyPatch, name: str, nearest: str
) -> None:
    set_environment(monkeypatch, GOOD | {name: "hidden"})
    with pytest.raises(ConfigError) as caught:
        load_config()
    assert f"{name}: no setting has this name" in str(caught.value), "it would silently do nothing"
    assert nearest in str(caught.value)
    assert "hidden" not in str(caught.value), "the log would hold a secret"


def test_a_mistyped_name_in_the_file_is_refused_with_all_other_problems(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("CACHE_URI=redis://localhost\nPORT=x\n")
    set_environment(monkeypatch, GOOD)
    with pytest.raises(ConfigError) as caught:
        load_config()
    assert [problem.name for problem in caught.value.problems] == ["PORT", "CACHE_URI"]


def test_names_of_others_are_let_be(monkeypatch: pytest.MonkeyPatch) -> None:
    others = (
        "QUEUE_URL_THUMBNAILS",
        "JOB_LIMIT_SECONDS_THUMBNAILS",
        "SESSION_MANAGER",
        "MAILCHECK",
    )
    set_environment(monkeypatch, GOOD | dict.fromkeys(others, "1"))
    assert load_config(), "another process's variables or a desktop's would stop the start"


def test_everything_that_the_stack_sets_is_known() -> None:
    sources = [Path(module.__file__ or "").read_text() for module in (environment, variables)]
    names = set(re.findall(r'"([A-Z][A-Z0-9_]+[A-Z0-9])"', "".join(sources)))
    assert "DATABASE_SSLMODE" in names, "the test would pass without a name"
    ours = {name for name in names if name.startswith(PREFIXES)}
    known = {name.upper() for name in Config.model_fields}
    assert ours <= known, "a task on AWS would not start"


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.name)
def test_what_is_made_of_the_table_is_current(document: Path) -> None:
    assert document.read_text() == documents()[document], "run: python -m app.config"


def test_the_template_is_a_configuration_once_the_required_values_are_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (template,) = (text for path, text in documents().items() if path.name == ".env.example")
    filled = re.sub(r"^SECRET_KEY=$", f"SECRET_KEY={SECRET_KEY}", template, flags=re.MULTILINE)
    (tmp_path / ".env").write_text(filled)
    monkeypatch.setenv("DATABASE_URL", GOOD["DATABASE_URL"])
    assert load_config() == load_config("web"), "a newcomer's first start would fail"
    # And with every line switched on each value is one that the checks let pass.
    whole = re.sub(r"^#([A-Z_]+=)", r"\1", filled, flags=re.MULTILINE)
    unfit = (
        r"^(DATABASE_\w+|PGSSLROOTCERT|QUEUE_URL_WORKER|ADMIN_PASSWORD|METRICS_TOKEN|SENTRY_DSN)="
    )
    (tmp_path / ".env").write_text(re.sub(rf"{unfit}.*\n", "", whole, flags=re.MULTILINE))
    assert load_config().domain == "polls.example.org"


@pytest.mark.parametrize("secret", ["hidden", "short-but-telling", "oracle://app:hidden@db/polls"])
@pytest.mark.parametrize(
    "name",
    sorted(name.upper() for name in Config.model_fields if is_secret(name)),
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
    assert str(caught.value).count(": nothing given") == len(caught.value.problems)
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


@pytest.mark.parametrize("command", ["web", "worker", "schedule"])
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
