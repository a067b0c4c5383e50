"""A database of RDS and its snapshots, which take their time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.release.answering import RefusedError
from tests.release.fake_clock import FakeClock

IDENTIFIER = "flaskapp-prod"


@dataclass
class FakeSnapshot:
    """One snapshot: complete after some seconds, with that status."""

    born: datetime
    tags: list[dict[str, str]]
    seconds: float = 60
    status: str = "available"

    def describe(self, name: str, now: datetime) -> dict[str, Any]:
        percent = min(100, int((now - self.born).total_seconds() / self.seconds * 100))
        status = self.status if percent == 100 else "creating"
        described = {"DBSnapshotIdentifier": name, "Status": status, "TagList": self.tags}
        return described | {"PercentProgress": percent // 10 * 10}


class FakeRds:
    """The database, with what can be in the way of a snapshot."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.snapshots: dict[str, FakeSnapshot] = {}
        self.keeps_backups = True
        self.busy_seconds = 0.0
        self.status = "available"
        self.refusal: RefusedError | None = None

    def describe_db_instances(self, **asked: Any) -> dict[str, Any]:
        if asked["DBInstanceIdentifier"] != IDENTIFIER:
            raise RefusedError("DBInstanceNotFound")
        restorable = {"LatestRestorableTime": self.clock.now()} if self.keeps_backups else {}
        return {"DBInstances": [{"DBInstanceIdentifier": IDENTIFIER, **restorable}]}

    def create_db_snapshot(self, **asked: Any) -> dict[str, Any]:
        name = asked["DBSnapshotIdentifier"]
        if self.refusal:
            raise self.refusal
        if asked["DBInstanceIdentifier"] != IDENTIFIER:
            raise RefusedError("DBInstanceNotFound")
        if name in self.snapshots:
            raise RefusedError("DBSnapshotAlreadyExists")
        if self.clock.elapsed() < self.busy_seconds:
            raise RefusedError("InvalidDBInstanceState")
        made = FakeSnapshot(self.clock.now(), asked["Tags"], status=self.status)
        self.snapshots[name] = made
        return {"DBSnapshot": made.describe(name, self.clock.now())}

    def describe_db_snapshots(self, **asked: Any) -> dict[str, Any]:
        name = asked["DBSnapshotIdentifier"]
        return {"DBSnapshots": [self.snapshots[name].describe(name, self.clock.now())]}
