"""The rollout of a release: watched until every service runs it, or until it has failed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from release import failure_report, rollback_notice, rollout_record
from release.aws_errors import AwsError, in_words
from release.clients import Clients
from release.ledger import Ledger
from release.problems import ReleaseError
from release.progress import Clock, Say
from release.record import Record
from release.rollout_watch import Ending, RolloutWatch
from release.watched import WatchedService

__all__ = ["RolloutRequest", "WatchedService", "watch"]

# Records that may name a revision which still runs; older ones are named by the revision alone.
_RECORDS_READ = 50


@dataclass(frozen=True, kw_only=True)
class RolloutRequest:
    """What is rolled out, and how long it may take.

    `image`, `command` and `configuration` (a digest) say which release it is, `schema` is the
    digest of its migrations, `prefix` the stack's key in the table of releases.
    `one_off_task_definitions` are what the release has beside its services. With `back_to` it is a
    rollback to that release. `again` is what a person runs to try once more.
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
    again: str = "pulumi up"

    @property
    def revisions(self) -> Mapping[str, str]:
        """The revision of each process."""
        asked = {each.process: each.task_definition for each in self.services}
        return {**asked, **self.one_off_task_definitions}


def watch(request: RolloutRequest, clients: Clients, say: Say, clock: Clock) -> Record:
    """The release's record once every service runs it; ReleaseError when it failed.

    Ended in between, it leaves the record open, and the next call goes on with it.
    """
    deployed_by = clients.check_account()
    ledger = Ledger(clients.dynamodb, request.table_name, request.prefix)
    try:
        record = _open_record(request, ledger, deployed_by, clock.now())
        numbers = rollout_record.release_numbers(ledger.history(_RECORDS_READ))
        ending = _follow(request, ledger.last_succeeded(), clients, say, clock)
        if ending.reason:
            raise _failed(request, record, ending, numbers, clients, ledger, clock.now())
        record = rollout_record.ended(record, "succeeded", "", request.revisions, clock.now())
        # Before the record ends: interrupted in between, the same command does both.
        _tell_the_program(request, record, ledger, clients, say)
        ledger.save(record)
    except AwsError as error:
        raise ReleaseError(
            f"The rollout could not be watched to its end: {in_words(error)}\n"
            "Whether the release serves is not known; nothing was stopped or changed back.\n"
            f"When AWS answers these credentials again, run `{request.again}` again: it goes on "
            "watching."
        ) from error
    say(f"release {record.number} serves: {ending.serving}")
    return record


def _follow(
    request: RolloutRequest, served: Record | None, clients: Clients, say: Say, clock: Clock
) -> Ending:
    if served and served.rollback_to and not request.back_to:
        say(f"{served.title} serves until now; this update brings its own tasks")
    watching = RolloutWatch(
        request.cluster, request.services, request.timeout_seconds, clients, say, clock
    )
    aims = watching.ask_for_revisions(served.task_definitions if served else {})
    return watching.until_judged(aims)


def _tell_the_program(
    request: RolloutRequest, record: Record, ledger: Ledger, clients: Clients, say: Say
) -> None:
    """Previews warn of a rollback until the program's own release serves again.

    That release is none the worse if they do not know, so a refusal is only told.
    """
    services = [each.process for each in request.services]
    history = ledger.history(_RECORDS_READ)
    notice = rollback_notice.of(record, history, services)
    try:
        known = rollback_notice.keep(clients.dynamodb, request.table_name, notice)
    except AwsError as error:
        say(f"What previews say of rollbacks is not up to date: {in_words(error)}")
        return
    if not known:
        say(
            "No preview will warn of this: the stack was last updated by an older version of the "
            "program."
        )


def _open_record(
    request: RolloutRequest, ledger: Ledger, deployed_by: str, now: datetime
) -> Record:
    if request.back_to:
        return rollout_record.begin_rollback(ledger, request.back_to, deployed_by, now)
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
    numbers: Mapping[str, int],
    clients: Clients,
    ledger: Ledger,
    now: datetime,
) -> ReleaseError:
    """Everything that is known of the failure; the record is completed."""
    reason = ending.reason.rstrip(".")
    title = f"{record.title[:1].upper()}{record.title[1:]} failed in its rollout: {reason}."
    text = failure_report.write(
        title, ending.views, numbers, request.cluster, clients.logs, request.again
    )
    try:
        ledger.save(rollout_record.ended(record, "failed", ending.reason, request.revisions, now))
    except AwsError as error:
        text += f"\nThe release's record could not be completed: {in_words(error)}"
    return ReleaseError(text)
