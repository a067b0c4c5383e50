"""The rollout of a release: watched until every service runs it, or until it has failed."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from release import failure_report, rollback_notice, rollout_record
from release.aws_errors import AwsError, in_words
from release.clients import Clients
from release.ledger import Ledger
from release.look import Aim
from release.problems import OvertakenError, ReleaseError
from release.progress import Clock, Say
from release.record import Record
from release.rollout_watch import Ending, RolloutWatch
from release.watched import WatchedService

__all__ = ["RolloutRequest", "WatchedService", "watch"]

# Records that may name a revision which still runs; older ones are named by the revision alone.
_RECORDS_READ = 50
_NOT_READ = (
    "No preview will warn of this: the stack was last updated by an older version of the program."
)


@dataclass(frozen=True, kw_only=True)
class RolloutRequest:
    """What is rolled out, and how long it may take.

    `image`, `command` and `configuration` (a digest) say which release it is, `schema` is the
    digest of its migrations, `prefix` the stack's key in the table of releases.
    `one_off_task_definitions` are what the release has beside its services. With `back_to` it is a
    rollback to that release, decided upon while the newest release was `newest`, if that is said.
    `again` is what a person runs to try once more.
    """

    prefix: str
    table_name: str
    cluster: str
    services: tuple[WatchedService, ...]
    timeout_seconds: int
    image: str
    command: str
    configuration: str
    schema: str
    one_off_task_definitions: Mapping[str, str]
    root: Path
    back_to: Record | None = None
    newest: Record | None = None
    again: str = "pulumi up"

    @property
    def revisions(self) -> Mapping[str, str]:
        """The revision of each process."""
        asked = {each.process: each.task_definition for each in self.services}
        return {**asked, **self.one_off_task_definitions}


def watch(
    request: RolloutRequest,
    clients: Clients,
    say: Say,
    clock: Clock,
    asking: AbstractContextManager[object] | None = None,
) -> Record:
    """The release's record once every service runs it; ReleaseError when it failed.

    Ended in between, it leaves the record open, and the next call goes on with it. `asking` is
    entered while ECS is asked for one service after the other, which should not end half-way.
    """
    deployed_by = clients.check_account()
    ledger = Ledger(clients.dynamodb, request.table_name, request.prefix)
    watching = RolloutWatch(
        request.cluster, request.services, request.timeout_seconds, clients, say, clock
    )
    try:
        with asking or nullcontext():
            record = _open_record(request, ledger, deployed_by, clock.now())
            told = _tell_of_the_beginning(request, record, ledger, clients)
            if told:
                say(told)
            aims = _ask(request, ledger.last_succeeded(), watching, say)
        ending = watching.until_judged(aims)
        if ending.reason:
            raise _failed(request, record, ending, clients, ledger, clock.now())
        known: Any = {"task_definitions": request.revisions, "ended_at": clock.now()}
        # Before the record ends: interrupted in between, the same command does both.
        if ledger.is_open(record):
            made = replace(record, verdict="succeeded", **known)
            refused = _tell_the_program(request, made, ledger, clients)
            if refused not in ("", told):
                say(refused)
        record = ledger.update(record, verdict="succeeded", **known)
    except AwsError as error:
        raise ReleaseError(
            f"The rollout could not be watched to its end: {in_words(error)}\n"
            "Whether the release serves is not known; nothing was stopped or changed back.\n"
            f"When AWS answers these credentials again, run `{request.again}` again: it goes on "
            "watching."
        ) from error
    say(f"release {record.number} serves: {ending.serving}")
    return record


def _ask(
    request: RolloutRequest, served: Record | None, watching: RolloutWatch, say: Say
) -> tuple[Aim, ...]:
    if served and served.rollback_to and not request.back_to:
        say(f"{served.title} serves until now; this update brings its own tasks")
    return watching.ask_for_revisions(served.task_definitions if served else {})


def _tell_of_the_beginning(
    request: RolloutRequest, record: Record, ledger: Ledger, clients: Clients
) -> str:
    """Previews warn of a rollback before it changes anything: it may never be followed to its end.

    What previews say now stays while it goes to what the program describes.
    """
    if not request.back_to:
        return ""
    begun = replace(record, task_definitions=request.revisions)
    return _tell_the_program(request, begun, ledger, clients, only_to_warn=True)


def _tell_the_program(
    request: RolloutRequest,
    record: Record,
    ledger: Ledger,
    clients: Clients,
    *,
    only_to_warn: bool = False,
) -> str:
    """Previews warn of a rollback until the program's own release serves again.

    That release is none the worse if they do not know: the answer says why, empty when they do.
    """
    services = [each.process for each in request.services]
    notice = rollback_notice.of(record, ledger.newest_first(), services)
    if only_to_warn and notice is None:
        return ""
    try:
        known = rollback_notice.keep(clients.dynamodb, request.table_name, notice)
    except AwsError as error:
        return f"What previews say of rollbacks is not up to date: {in_words(error)}"
    return "" if known else _NOT_READ


def _open_record(
    request: RolloutRequest, ledger: Ledger, deployed_by: str, now: datetime
) -> Record:
    if request.back_to:
        return rollout_record.begin_rollback(
            ledger, request.back_to, request.newest, deployed_by, now
        )
    return rollout_record.begin(
        ledger,
        Record(
            image=request.image,
            configuration=request.configuration,
            schema=request.schema,
            command=request.command,
            commit="",
            author="",
            dirty=False,
            deployed_by=deployed_by,
            started_at=now,
        ),
        request.root,
    )


def _failed(
    request: RolloutRequest,
    record: Record,
    ending: Ending,
    clients: Clients,
    ledger: Ledger,
    now: datetime,
) -> ReleaseError:
    """Everything that is known of the failure; the record is completed."""
    reason = ending.reason.rstrip(".")
    numbers = rollout_record.release_numbers(ledger.history(_RECORDS_READ))
    title = f"{record.title[:1].upper()}{record.title[1:]} failed in its rollout: {reason}."
    text = failure_report.write(
        title, ending.views, numbers, request.cluster, clients.logs, request.again
    )
    try:
        ledger.update(
            record,
            verdict="failed",
            reason=ending.reason,
            task_definitions=request.revisions,
            ended_at=now,
        )
    except OvertakenError as error:
        text += f"\n{error}"
    except AwsError as error:
        text += f"\nThe release's record could not be completed: {in_words(error)}"
    return ReleaseError(text)
