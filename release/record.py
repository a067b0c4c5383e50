"""What is known of one release, and how it is kept as a DynamoDB item."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from pydantic import TypeAdapter, ValidationError

from release.problems import ReleaseError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

# "running" is also what a release that was interrupted looks like until the next one takes it up.
Verdict = Literal["running", "succeeded", "failed", "interrupted"]
PhaseOutcome = Literal["running", "succeeded", "failed", "not needed"]
Item = Mapping[str, "AttributeValueTypeDef"]

_serialize: Any = TypeSerializer().serialize
_deserialize: Any = TypeDeserializer().deserialize


@dataclass(frozen=True, kw_only=True)
class RestorePoint:
    """The database before a release: a time to restore to, and the snapshot if one was made."""

    time: datetime
    snapshot_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class PhaseResult:
    """What became of the release task; `attempt` counts its starts, from 1, 0 before the first."""

    task_arn: str | None = None
    exit_code: int | None = None
    outcome: PhaseOutcome = "running"
    reason: str = ""
    attempt: int = 0


@dataclass(frozen=True, kw_only=True)
class Record:
    """One release.

    `number` is 0 until the ledger gives one; `configuration` and `schema` are digests, `schema`
    of the migrations and empty when unknown; `deployed_by` is the STS ARN; `task_definitions` has
    an ARN per process, `release` and `console` among them; `expired` says that image and revisions
    are gone. A rollback has image, commit and digests of the release it went back to, whose number
    is `rollback_to`; it runs no release task, so the database stays as later releases have made it.
    """

    number: int = 0
    verdict: Verdict = "running"
    reason: str = ""

    image: str
    configuration: str
    schema: str
    command: str

    commit: str
    author: str
    dirty: bool
    deployed_by: str

    started_at: datetime
    ended_at: datetime | None = None

    phase: PhaseResult = field(default_factory=PhaseResult)
    restore_point: RestorePoint | None = None
    task_definitions: Mapping[str, str] = field(default_factory=dict)
    expired: bool = False
    rollback_to: int | None = None

    @property
    def title(self) -> str:
        """`release 4`, or `release 5 (a rollback to release 3)`."""
        kind = f" (a rollback to release {self.rollback_to})" if self.rollback_to else ""
        return f"release {self.number}{kind}"

    def releases(self, image: str, command: str, configuration: str) -> bool:
        """Whether this is the release of exactly that."""
        return (self.image, self.command, self.configuration) == (image, command, configuration)

    def to_item(self) -> Item:
        """The record as attributes; times are ISO 8601."""
        plain: dict[str, Any] = _RECORD.dump_python(self, mode="json")
        return {name: _serialize(value) for name, value in plain.items()}

    @classmethod
    def from_item(cls, item: Item) -> "Record":
        """The record of such attributes, others left alone; ReleaseError when it is none."""
        plain = {name: _deserialize(value) for name, value in item.items()}
        try:
            return _RECORD.validate_python(plain)
        except ValidationError as error:
            raise ReleaseError(
                f"The record of release {plain.get('number', '?')} cannot be read: {error}\n"
                "A newer version of this project may have written it; use that one."
            ) from error


_RECORD = TypeAdapter(Record)
