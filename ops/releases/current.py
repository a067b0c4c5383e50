"""The release that serves, and the task definition that it has for a process."""

from __future__ import annotations

from infra.procfile import CONSOLE
from ops.outputs import Outputs
from ops.problems import OpsError
from release.ledger import Ledger
from release.progress import Say
from release.record import Record

# Services are changed once the phase is over, whatever becomes of the rollout.
_ROLLED_OUT = ("succeeded", "not needed")
_ENDS = {
    "running": "has not ended",
    "failed": "has failed",
    "interrupted": "was interrupted",
}


def current_release(ledger: Ledger, stack: str, say: Say) -> Record:
    """The newest that succeeded; OpsError when none has.

    `say` hears of a later one that has changed services, and so others may run than this says.
    """
    later: list[Record] = []
    for release in ledger.newest_first():
        if release.verdict == "succeeded":
            break
        later.append(release)
    else:
        raise OpsError(
            f"{stack} has no release that succeeded, so there is nothing to run.\n"
            f"Make one: `make up STACK={stack}`."
        )
    rolled_out = next((each for each in later if each.phase.outcome in _ROLLED_OUT), None)
    if rolled_out:
        say(
            f"{rolled_out.title[:1].upper()}{rolled_out.title[1:]} {_ENDS[rolled_out.verdict]}: "
            f"services may run its tasks, while this takes those of {release.title}, the last that "
            f"succeeded. `bin/ops ps --stack {stack}` says what runs."
        )
    return release


def definition_of(release: Record, process: str) -> str:
    """ARN of the process's task definition; OpsError, with those that there are, without one."""
    known = {name: arn for name, arn in release.task_definitions.items() if name != CONSOLE}
    if process not in known:
        names = ", ".join(sorted(known, key=lambda name: (name != "web", name)))
        raise OpsError(
            f"Release {release.number} has no process {process!r}; there are: {names}.",
            exit_code=2,
        )
    return known[process]


def console_of(release: Record, outputs: Outputs, stack: str) -> str:
    """ARN of the release's console; OpsError when it is older than consoles are."""
    known, last_update = release.task_definitions, outputs.task_definition_arns
    if CONSOLE in known:
        return known[CONSOLE]
    # The update that brought consoles may have found nothing else to change.
    if CONSOLE in last_update and known.get("web") == last_update.get("web"):
        return last_update[CONSOLE]
    raise OpsError(
        f"Release {release.number} of {stack} was made before this program had consoles, so there "
        f"is none of it to enter.\nThe next release has one: `make up STACK={stack}` with a "
        "change. Until then `bin/ops run -- COMMAND` runs one command."
    )
