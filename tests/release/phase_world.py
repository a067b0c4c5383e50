"""Everything that a release phase meets, and a person who reads what it says."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from release import phase
from release.ledger import Ledger
from release.phase import PhaseRequest
from release.record import Record
from tests.release.answering import Sts, answering
from tests.release.fake_clock import FakeClock
from tests.release.fake_database import IDENTIFIER, FakeRds
from tests.release.fake_table import FakeTable
from tests.release.fake_tasks import CLUSTER, DEFINITION, FakeEcs, FakeLogs, FakeTask, Script
from tests.release.records import A_RECORD, record

PREFIX = "flaskapp-prod"
ASKED = PhaseRequest(
    prefix=PREFIX,
    table_name="releases",
    cluster=CLUSTER,
    task_definition=DEFINITION,
    subnet_ids=["subnet-1"],
    group_ids=["sg-1"],
    log_group="/flaskapp-prod",
    timeout_seconds=600,
    image=A_RECORD.image,
    command=A_RECORD.command,
    configuration=A_RECORD.configuration,
    schema=A_RECORD.schema,
    database_identifier=IDENTIFIER,
    snapshot=False,
    root=Path("/nowhere"),
)


class Interruption(BaseException):
    """The update is killed, as far as this process can notice."""


class World:
    """One stack on an AWS of fakes; `leave_when` ends the listening after such a line."""

    def __init__(self, *scripts: Script) -> None:
        self.clock = FakeClock()
        self.ecs = FakeEcs(self.clock, *scripts)
        self.logs = FakeLogs(self.ecs)
        self.rds = FakeRds(self.clock)
        self.table = FakeTable()
        self.sts = Sts()
        self.said: list[str] = []
        self.said_at: list[float] = []
        self.leave_when: Callable[[str], bool] = lambda _line: False

    def run(self, **changes: Any) -> Record:
        """The release phase, by another update than the last."""
        self.said, self.said_at = [], [self.clock.elapsed()]
        return phase.run(replace(ASKED, **changes), self._clients(), self._say, self.clock)

    def interrupt(self, when: str, **changes: Any) -> None:
        """Run until a line that holds this was said."""
        self.leave_when = lambda line: when in line
        try:
            self.run(**changes)
        except Interruption:
            return
        finally:
            self.leave_when = lambda _line: False
        raise AssertionError(f"never said: {when}\n" + "\n".join(self.said))

    def has_released(self, **changes: Any) -> Record:
        """A release of the past."""
        return self.ledger.open(record(verdict="succeeded", **changes))

    @property
    def ledger(self) -> Ledger:
        return Ledger(self._clients().dynamodb, "releases", PREFIX)

    @property
    def latest(self) -> Record:
        found = self.ledger.latest()
        assert found is not None
        return found

    @property
    def task(self) -> FakeTask:
        """The newest task."""
        return list(self.ecs.tasks.values())[-1]

    @property
    def log_lines(self) -> list[str]:
        """What was said of the release task's own lines."""
        return [
            line.removeprefix("release | ") for line in self.said if line.startswith("release | ")
        ]

    def _clients(self) -> Any:
        fakes = {"ecs": self.ecs, "logs": self.logs, "rds": self.rds, "sts": self.sts}
        return answering(dynamodb=self.table, **fakes)

    def _say(self, line: str) -> None:
        self.said.append(line)
        self.said_at.append(self.clock.elapsed())
        if self.leave_when(line):
            raise Interruption
