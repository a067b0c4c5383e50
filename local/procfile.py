"""The Procfile on this machine: what is wrong is told to the person who typed `make up`."""

from collections.abc import Mapping
from pathlib import Path

from infra import procfile
from infra.procfile import MissingVariableError, Process, Procfile, ProcfileError
from local.problems import LocalError


def read_procfile(path: Path) -> Procfile:
    """Read and check a Procfile; LocalError names every problem at once, with its line."""
    if not path.exists():
        raise LocalError(
            f"There is no {path} here, so nothing says what to run.\n"
            "Run `make up` in the project's folder."
        )
    try:
        return procfile.read_procfile(path)
    except ProcfileError as error:
        raise LocalError(str(error)) from error


def command_of(process: Process, environment: Mapping[str, str]) -> list[str]:
    """Return the command's words with their values; LocalError for a variable without one."""
    try:
        return process.argv(environment)
    except MissingVariableError as error:
        raise LocalError(
            f"{error}\nWrite {error.variable}=... into the file .env, or correct the name in the "
            "Procfile."
        ) from error
