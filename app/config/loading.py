"""Reading the settings: everything that is wrong with them comes in one message."""

from __future__ import annotations

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from app.addresses import SQS
from app.config.database import OWNER
from app.config.names import unknown_names
from app.config.table import Config
from app.problems import ConfigError, Problem, Unknown


def load_config(process: str = "web") -> Config:
    """Read the environment; ConfigError with every problem when `process` could not run with it."""
    problems: list[Problem | Unknown] = list(unknown_names(Config.model_fields))
    try:
        config = Config()
    except ValidationError as error:
        wrong = {problem.name: problem for problem in map(_problem, error.errors())}
        raise ConfigError([*wrong.values(), *problems]) from None
    missing = [name for name in _needs(config, process) if getattr(config, name) is None]
    problems = [*(_described(name, "nothing") for name in missing), *problems]
    if problems:
        raise ConfigError(problems)
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


def is_secret(name: str) -> bool:
    """Whether the value of this setting must not be shown."""
    return "SecretStr" in str(Config.model_fields[name].annotation)


def _problem(detail: ErrorDetails) -> Problem:
    name = str(detail["loc"][0])
    return _described(name, _given(detail, secret=is_secret(name)))


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
