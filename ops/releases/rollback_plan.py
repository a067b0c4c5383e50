"""Which release to go back to, and what that means for the database. It asks nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ops.problems import OpsError
from release.deployments import short
from release.record import Record

# Enough to find the one that was meant.
NAMED = 10


@dataclass(frozen=True, kw_only=True)
class RollbackPlan:
    """Back to `target`, away from `serving`.

    `migrated` are the releases after it whose migrations it does not know, oldest first: the
    database is as they have left it. `resumed` says that a rollback to it was interrupted,
    `unfinished` is another release that has not ended.
    """

    target: Record
    serving: Record
    migrated: tuple[Record, ...]
    serves_already: bool = False
    resumed: bool = False
    unfinished: Record | None = None

    @property
    def is_safe(self) -> bool:
        """Whether the target's code knows every migration that ran."""
        return not self.migrated

    @property
    def before_migrations(self) -> Record | None:
        """The release whose restore point has the database as the target knew it."""
        return self.migrated[0] if self.migrated else None

    def revisions(self, running: Mapping[str, str]) -> Mapping[str, str]:
        """What each process is to run; one that the target does not have stays as it is."""
        return {**running, **{name: self.of(name) for name in running if self.of(name)}}

    def of(self, process: str) -> str:
        """The target's revision of a process; empty when it has no such process."""
        return self.target.task_definitions.get(process, "")

    def changes(self, running: Mapping[str, str]) -> Iterator[str]:
        """A line for each process."""
        for process, revision in running.items():
            if not self.of(process):
                yield (
                    f"  {process}: stays at {short(revision)}; release {self.target.number} has "
                    "no such process"
                )
            elif self.of(process) == revision:
                yield f"  {process}: stays at {short(revision)}"
            else:
                yield f"  {process}: {short(revision)} -> {short(self.of(process))}"


def plan(history: Sequence[Record], running: Mapping[str, str], number: int | None) -> RollbackPlan:
    """What to do; OpsError when there is nothing to go back to, or not to that number.

    `history` is all of it, newest first; `running` is the revision that ECS works towards, by
    process. Without a number it is the release before the one that serves; where a service does
    not run what that one has, or a rollback was interrupted, it is what was wanted then.
    """
    serving = next((each for each in history if each.verdict == "succeeded"), None)
    if serving is None:
        raise OpsError("No release of this stack has succeeded: there is nothing to go back to.")
    strays = _strays(serving, running)
    resumed = _interrupted(history)
    target = _numbered(history, number) if number else resumed or _default(history, serving, strays)
    return RollbackPlan(
        target=target,
        serving=serving,
        migrated=tuple(reversed(list(_migrated_since(history, target)))),
        serves_already=origin(history, serving) == target and not strays and not resumed,
        resumed=resumed == target,
        unfinished=history[0] if history[0].verdict == "running" and resumed != target else None,
    )


def origin(history: Sequence[Record], record: Record) -> Record:
    """The release itself, or the one that it was a rollback to."""
    if record.rollback_to is None:
        return record
    found = next((each for each in history if each.number == record.rollback_to), None)
    return origin(history, found) if found else record


def _strays(serving: Record, running: Mapping[str, str]) -> list[str]:
    """Processes of the release that serves which run something else."""
    served = serving.task_definitions
    return [name for name, arn in running.items() if served.get(name, arn) != arn]


def _interrupted(history: Sequence[Record]) -> Record | None:
    """What an open rollback goes back to."""
    latest = history[0]
    if latest.verdict != "running" or latest.rollback_to is None:
        return None
    return origin(history, latest)


def _default(history: Sequence[Record], serving: Record, strays: Sequence[str]) -> Record:
    served = origin(history, serving)
    if strays:
        return served
    own = (serving.task_definitions, served.task_definitions)
    for each in history:
        if each.number < served.number and each.verdict == "succeeded":
            # Where that was a rollback, what it went back to served, not what it left.
            found = origin(history, each)
            if not found.expired and found.task_definitions not in own:
                return found
    raise OpsError(
        f"Release {served.number} serves, and no earlier one can be gone back to: either there is "
        "none that succeeded, or its image is gone."
    )


def _numbered(history: Sequence[Record], number: int) -> Record:
    found = next((each for each in history if each.number == number), None)
    possible = ", ".join(str(each.number) for each in _possible(history)[:NAMED]) or "none"
    known = f"those that can be gone back to are: {possible}."
    if found is None:
        raise OpsError(f"There is no release {number}; {known}", exit_code=2)
    if found.verdict != "succeeded":
        why = f" ({found.reason})" if found.reason else ""
        raise OpsError(
            f"Release {number} {_ENDS[found.verdict]}{why}: nobody knows that it works; {known}",
            exit_code=2,
        )
    target = origin(history, found)
    if target.expired:
        raise OpsError(
            f"Release {target.number} is too old: its image and its task definitions were removed "
            f"(`release: kept-releases`); {known}",
            exit_code=2,
        )
    return target


_ENDS = {"failed": "failed", "running": "has not ended", "interrupted": "was interrupted"}


def _possible(history: Sequence[Record]) -> Sequence[Record]:
    return [
        each
        for each in history
        if each.verdict == "succeeded" and not each.expired and each.rollback_to is None
    ]


def _migrated_since(history: Sequence[Record], target: Record) -> Iterator[Record]:
    """Releases whose task may have changed the schema in a way that the target does not know.

    A task that failed may have done so too; a digest that is unknown may be of anything.
    """
    for each in history:
        if each.number <= target.number:
            return
        same = each.schema == target.schema and each.schema
        if each.phase.attempt and not same:
            yield each
