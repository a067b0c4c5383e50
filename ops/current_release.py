"""The release that serves, and the task definition that it has for a process."""

from __future__ import annotations

from ops.problems import OpsError
from release.ledger import Ledger
from release.record import Record


def current_release(ledger: Ledger, stack: str) -> Record:
    """The newest that succeeded; OpsError when none has."""
    release = ledger.last_succeeded()
    if release is None:
        raise OpsError(
            f"{stack} has no release that succeeded, so there is nothing to run.\n"
            f"Make one: `make up STACK={stack}`."
        )
    return release


def definition_of(release: Record, process: str) -> str:
    """ARN of the process's task definition; OpsError, with those that there are, without one."""
    known = release.task_definitions
    if process not in known:
        names = ", ".join(sorted(known, key=lambda name: (name != "web", name)))
        raise OpsError(
            f"Release {release.number} has no process {process!r}; there are: {names}.",
            exit_code=2,
        )
    return known[process]
