"""Where the application's variables come from."""

import stat
import sys
from pathlib import Path

import pytest

from local.environment import application_environment, ignored_names, read_dotenv, secret_key
from local.problems import LocalError

URL = "postgresql://app:x@127.0.0.1:5/app"
QUEUES = {"BROKER_URL": "sqs://", "QUEUE_URL_WORKER": "http://127.0.0.1:6/1/worker"}


def variables(shell: dict[str, str], dotenv: dict[str, str]) -> dict[str, str]:
    return application_environment(
        shell, dotenv, secret_key="kept", database_url=URL, queues=QUEUES, port=8000
    )


def test_env_file_wins_over_defaults_and_the_shell_over_both() -> None:
    made = variables({"LOG_LEVEL": "debug"}, {"LOG_LEVEL": "error", "SECRET_KEY": "mine"})
    assert made["LOG_LEVEL"] == "debug", "`LOG_LEVEL=debug make up` would have no effect"
    assert made["SECRET_KEY"] == "mine", "the person's own .env would be ignored"
    assert made["LOG_FORMAT"] == "text", "a person would have to read JSON"


def test_a_database_address_left_in_the_shell_is_never_used() -> None:
    shell = {"DATABASE_URL": "postgresql://prod/x", "DATABASE_HOST": "prod"}
    made = variables(shell, {})
    assert made["DATABASE_URL"] == URL, "migrations would run on the shell's database"
    assert "DATABASE_HOST" not in made, "the application could reach for the shell's database"
    assert ignored_names(shell, {}) == ["DATABASE_HOST", "DATABASE_URL"], "nobody would be told"


def test_an_account_or_a_broker_left_in_the_shell_is_never_used() -> None:
    shell = {"AWS_PROFILE": "prod", "BROKER_URL": "amqp://prod", "QUEUE_URL_WORKER": "https://prod"}
    made = variables(shell | {"AWS_CA_BUNDLE": "/etc/ca.pem"}, {})
    assert made["QUEUE_URL_WORKER"] == QUEUES["QUEUE_URL_WORKER"], "jobs would go to the shell's"
    assert made["BROKER_URL"] == "sqs://"
    assert "AWS_PROFILE" not in made, "the application could reach the shell's account"
    for name in ("CACHE_URL", "DEFAULT_STORAGE_DSN", "MAIL_URL"):
        left = variables({name: "prod"}, {})
        assert left.get(name) != "prod", "visitors' data would go to the shell's servers"
    assert made["AWS_CA_BUNDLE"] == "/etc/ca.pem", "behind a proxy nothing could be reached"
    assert ignored_names(shell, {}) == sorted(shell), "nobody would be told"
    assert variables({}, {"AWS_PROFILE": "mine"})["AWS_PROFILE"] == "mine"


def test_python_is_the_one_with_the_packages() -> None:
    first = variables({"PATH": "/usr/bin"}, {})["PATH"].split(":")[0]
    assert first == str(Path(sys.executable).parent), "`python -m app` would lack its packages"


def test_a_broken_line_of_env_is_named_with_its_number(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("# fine\nLOG_LEVEL='debug'\n= what\n")
    with pytest.raises(LocalError, match="line 3"):
        read_dotenv(file)
    file.write_text('# fine\nexport LOG_LEVEL="debug"\n')
    assert read_dotenv(file) == {"LOG_LEVEL": "debug"}


def test_no_env_file_is_no_settings(tmp_path: Path) -> None:
    assert read_dotenv(tmp_path / ".env") == {}


def test_the_secret_key_is_random_private_and_kept(tmp_path: Path) -> None:
    first = secret_key(tmp_path / "a")
    assert secret_key(tmp_path / "a") == first, "every run would log all visitors out"
    assert secret_key(tmp_path / "b") != first, "the key would be known to everybody"
    assert len(first) >= 32
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600, "others could sign cookies"
