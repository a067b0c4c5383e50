"""The point to which the database can be restored when a release harms its data."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from release.progress import Clock, Heartbeat, Say
from release.record import Record, RestorePoint

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient

_POLL_SECONDS = 5.0
# The first snapshot copies the whole storage, later ones what has changed.
SNAPSHOT_SECONDS = 3600.0
# What RDS has not done to a snapshot yet; anything but this and "available" is an end.
_UNDER_WAY = {"creating", "pending", "modifying"}
# Tells a release's own snapshot from one that an earlier stack of the same name left behind.
_STARTED = "ReleaseStarted"


class NoRestorePointError(Exception):
    """The release cannot be undone, so nothing was run; the message is why, and what to do."""


def has_migrations(schema: str, newest_first: Iterable[Record]) -> bool:
    """Whether a release with these migrations may change the schema.

    It may unless every release back to the last one that succeeded had the same; an unknown
    schema may always. The release itself may be among those given.
    """
    for record in newest_first:
        if not schema or record.schema != schema:
            return True
        if record.verdict == "succeeded":
            return False
    return True


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """The snapshot that belongs to one release and to no other."""

    prefix: str
    number: int
    started_at: datetime

    @property
    def name(self) -> str:
        """What it is called."""
        return f"{self.prefix}-release-{self.number}"

    @property
    def later_name(self) -> str:
        """What it is called when the stack's predecessor has left one of that name."""
        return f"{self.name}-{self.started_at.astimezone(UTC):%Y%m%d%H%M%S}"

    @property
    def tags(self) -> dict[str, str]:
        """By which it is found again."""
        return {"Release": str(self.number), _STARTED: self.started_at.isoformat()}


class Database:
    """The database of a stack, of which points to go back to are kept."""

    def __init__(self, rds: "RDSClient", identifier: str, say: Say, clock: Clock) -> None:
        self._rds = rds
        self._identifier = identifier
        self._say = say
        self._clock = clock

    def restore_point(self, snapshot: Snapshot | None) -> RestorePoint | None:
        """The database as it is now, with that snapshot of it; None when neither is kept."""
        time = self._clock.now()
        if snapshot:
            return RestorePoint(time=time, snapshot_id=self._take(snapshot))
        if self._keeps_backups():
            self._say(f"Restore point of the database: {time:%Y-%m-%d %H:%M:%S} UTC")
            return RestorePoint(time=time)
        self._say(f"The database {self._identifier} keeps no backups: there is no restore point")
        return None

    def _keeps_backups(self) -> bool:
        try:
            found = self._rds.describe_db_instances(DBInstanceIdentifier=self._identifier)
        except self._rds.exceptions.DBInstanceNotFoundFault as error:
            raise self._absent() from error
        return "LatestRestorableTime" in found["DBInstances"][0]

    def _take(self, snapshot: Snapshot) -> str:
        """Name of the finished snapshot."""
        heartbeat = Heartbeat(self._say, self._clock)
        deadline = self._clock.now() + timedelta(seconds=SNAPSHOT_SECONDS)
        name, progress = "", ""
        while self._clock.now() < deadline:
            name = name or self._begin(snapshot)
            status, percent = self._status(name) if name else ("waiting for the database", 0)
            if status == "available":
                heartbeat.say(f"Snapshot {name} of the database is complete")
                return name
            if name and status not in _UNDER_WAY:
                raise NoRestorePointError(f"The snapshot {name} of the database is {status}.")
            if progress != (progress := f"Snapshot {name or snapshot.name}: {status}, {percent} %"):
                heartbeat.say(progress)
            heartbeat.beat(progress)
            self._clock.sleep(_POLL_SECONDS)
        raise NoRestorePointError(
            f"The snapshot of the database was not complete after {SNAPSHOT_SECONDS:g} s."
        )

    def _begin(self, snapshot: Snapshot) -> str:
        """Name under which the snapshot exists from now on; empty while the database is busy."""
        faults = self._rds.exceptions
        for name in (snapshot.name, snapshot.later_name):
            try:
                self._rds.create_db_snapshot(
                    DBSnapshotIdentifier=name,
                    DBInstanceIdentifier=self._identifier,
                    Tags=[{"Key": key, "Value": value} for key, value in snapshot.tags.items()],
                )
            except faults.DBSnapshotAlreadyExistsFault:
                if self._is_of(snapshot, name):
                    self._say(f"Snapshot {name} was begun before: going on with it")
                    return name
            except faults.InvalidDBInstanceStateFault:
                return ""
            except faults.DBInstanceNotFoundFault as error:
                raise self._absent() from error
            except faults.SnapshotQuotaExceededFault as error:
                raise NoRestorePointError(
                    "This account may not keep more snapshots of databases: delete some, or ask "
                    "AWS for a higher quota."
                ) from error
            else:
                return name
        raise NoRestorePointError(f"There are snapshots {snapshot.name} of other releases.")

    def _status(self, name: str) -> tuple[str, int]:
        """RDS's word for the snapshot's state, and how many per cent are done."""
        found = self._rds.describe_db_snapshots(DBSnapshotIdentifier=name)["DBSnapshots"]
        return (found[0]["Status"], found[0].get("PercentProgress", 0)) if found else ("gone", 0)

    def _is_of(self, snapshot: Snapshot, name: str) -> bool:
        found = self._rds.describe_db_snapshots(DBSnapshotIdentifier=name)["DBSnapshots"]
        tags = {
            tag.get("Key"): tag.get("Value") for each in found for tag in each.get("TagList", [])
        }
        return tags.get(_STARTED) == snapshot.tags[_STARTED]

    def _absent(self) -> NoRestorePointError:
        return NoRestorePointError(f"There is no database {self._identifier}.")
