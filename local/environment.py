"""The environment of the application's processes: our defaults, then `.env`, then the shell."""

import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

from dotenv.parser import parse_stream

from local.problems import LocalError

# What differs from a container of the stack: no balancer, no TLS, a person reading the log.
DEFAULTS = {
    "APP_ENV": "development",
    "HOST": "127.0.0.1",
    "KEEP_ALIVE": "75",
    "LOG_FORMAT": "text",
    "LOG_LEVEL": "info",
    "TRUSTED_PROXIES": "0",
    "SESSION_COOKIE_SECURE": "false",
    # Mails, with their links, are lines of the log.
    "MAIL_URL": "console:",
    # Shorter than the runner's own patience, so that requests are finished or ended by the server.
    "STOP_TIMEOUT": "15",
    # Each is a process of its own in the worker.
    "THREADS": "4",
    "RELEASE": "local",
    "PYTHONUNBUFFERED": "1",
}
# Which database, broker, storage, cache, mail server and AWS account are used, only `.env` decides.
ELSEWHERE = (
    "AWS_",
    "BROKER_URL",
    "CACHE_URL",
    "DATABASE_",
    "DEFAULT_STORAGE_DSN",
    "MAIL_URL",
    "QUEUE_URL_",
)
# Says whom to trust on this machine, and nothing about an account.
TRUST = "AWS_CA_BUNDLE"
SECRET_BYTES = 48


def read_dotenv(path: Path) -> dict[str, str]:
    """Return the settings of a `.env` file, none without a file; LocalError for a bad line."""
    if not path.exists():
        return {}
    values = {}
    with path.open(encoding="utf-8") as stream:
        for binding in parse_stream(stream):
            if binding.error:
                raise LocalError(
                    f"{path}, line {binding.original.line}: {binding.original.string.strip()!r} is "
                    "not of the form NAME=value.\nCorrect it, or put a # in front."
                )
            if binding.key is not None and binding.value is not None:
                values[binding.key] = binding.value
    return values


def names_database(dotenv: Mapping[str, str]) -> bool:
    """Tell whether `.env` names a database of its own, so that none is started here."""
    return bool(dotenv.get("DATABASE_URL") or dotenv.get("DATABASE_HOST"))


def names_broker(dotenv: Mapping[str, str]) -> bool:
    """Tell whether `.env` names a broker of its own, so that none is started here."""
    return bool(dotenv.get("BROKER_URL"))


def ignored_names(shell: Mapping[str, str], dotenv: Mapping[str, str]) -> list[str]:
    """Return the shell's settings that are left out: see `application_environment`."""
    return sorted(name for name in shell if _is_elsewhere(name) and name not in dotenv)


def _is_elsewhere(name: str) -> bool:
    return name.startswith(ELSEWHERE) and name != TRUST


def application_environment(
    shell: Mapping[str, str],
    dotenv: Mapping[str, str],
    *,
    secret_key: str,
    database_url: str | None,
    queues: Mapping[str, str],
    port: int,
) -> dict[str, str]:
    """Return all variables for the application's processes.

    The shell wins over `.env`, `.env` over the defaults, with one exception: which database and
    other servers are used only `.env` decides. A DATABASE_URL left over in a shell would have its
    tables migrated, and an AWS_PROFILE could be that of production.
    """
    allowed = {name: value for name, value in shell.items() if not _is_elsewhere(name)}
    ours = DEFAULTS | {"SECRET_KEY": secret_key} | dict(queues)
    if database_url is not None:
        ours["DATABASE_URL"] = database_url
    # `python` in the Procfile is the interpreter that runs us, which has the packages.
    programs = str(Path(sys.executable).parent)
    path = os.pathsep.join([programs, shell.get("PATH", os.defpath)])
    return ours | dict(dotenv) | allowed | {"PORT": str(port), "PATH": path}


def secret_key(path: Path) -> str:
    """Return the secret key kept in the file, made at first use, readable by its owner only."""
    if not path.exists():
        path.touch(mode=0o600)
    if not path.read_text().strip():
        path.write_text(secrets.token_urlsafe(SECRET_BYTES) + "\n")
    return path.read_text().strip()
