"""What the program is told of a rollback: that another release serves than it describes.

It is an item in the table of releases that the program makes, empty, and reads in every preview.
Nothing here loads the AWS SDK, as a preview reads it too.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from release.caller import short_name

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from release.record import Record

# Keys of that item, and of the rollout's gate. What they hold of a rollback stands under MARK: no
# process has that name, and the gate has its processes there too.
PARTITION, NUMBER, GATE = "gates", 3, 2
MARK = "(rollback)"


@dataclass(frozen=True, kw_only=True)
class RollbackNotice:
    """Release `back_to` serves again, recorded as `release`, instead of `described`.

    `who` is an ARN; `processes` are those whose tasks are not those that the program describes.
    `has_succeeded` is False from the rollback's beginning on, and stays so when it fails or is
    interrupted: some services may run the one and some the other.
    """

    release: int
    back_to: int
    described: int
    who: str
    time: datetime
    processes: tuple[str, ...]
    has_succeeded: bool = True

    @property
    def warning(self) -> str:
        """What a person reads before an update."""
        who = short_name(self.who)
        return (
            f"{self._state}\n"
            f"Since {self.time:%Y-%m-%d %H:%M} UTC, by {who}; in {', '.join(self.processes)}.\n"
            "An update that changes no image, configuration or process leaves it so. Any other "
            "brings back what the program describes,\nin all processes, and so does one that "
            "compares with AWS (--refresh); `rollout:` in a preview says it.\n"
            f"To stay with release {self.back_to}, put the program right first "
            "(docs/rollout.md, Rollback)."
        )

    @property
    def _state(self) -> str:
        described = f"release {self.described}, which is this program's last"
        if self.has_succeeded:
            return (
                f"A rollback is in force: release {self.back_to} serves again, as release "
                f"{self.release}, not {described}."
            )
        return (
            f"A rollback to release {self.back_to} has begun, as release {self.release}, and has "
            f"not succeeded:\nservices may run its tasks, not those of {described}.\n"
            f"`bin/ops rollback {self.back_to}` goes on with it."
        )


def of(
    record: "Record", history: "Iterable[Record]", services: Sequence[str]
) -> RollbackNotice | None:
    """What to tell of a release that serves now, or will; None when the program describes it.

    `services` are the processes that run all the time. What the program describes is the newest of
    the `history` that is no rollback, also if it failed: the next update takes it up again.
    """
    described = next((each for each in history if each.rollback_to is None), None)
    if described is None or record.rollback_to in (None, described.number):
        return None
    ours, its_own = record.task_definitions, described.task_definitions
    moved = [name for name in services if ours.get(name) != its_own.get(name)]
    if not moved:
        return None
    return RollbackNotice(
        release=record.number,
        back_to=record.rollback_to,
        described=described.number,
        who=record.deployed_by,
        time=record.ended_at or record.started_at,
        processes=tuple(sorted(moved)),
        has_succeeded=record.verdict == "succeeded",
    )


def read(item: str) -> RollbackNotice | None:
    """The notice in the item's JSON, as the engine gives it; None when no rollback is in force."""
    mark = json.loads(item or "{}").get(MARK)
    if mark is None:
        return None
    found = mark["M"]
    return RollbackNotice(
        release=int(found["release"]["N"]),
        back_to=int(found["back_to"]["N"]),
        described=int(found["described"]["N"]),
        who=found["who"]["S"],
        time=datetime.fromisoformat(found["time"]["S"]),
        processes=tuple(each["S"] for each in found["processes"]["L"]),
        has_succeeded=found.get("has_succeeded", {"BOOL": True})["BOOL"],
    )


def keep(dynamodb: "DynamoDBClient", table_name: str, notice: RollbackNotice | None) -> bool:
    """Tell the program; False when it has not made the item yet, and so would not read it.

    The gate gets a mark too: whoever lets Pulumi compare with AWS (`--refresh`) then sees that the
    gate let something else through, and so the rollout that follows is watched.
    """
    if notice is None:
        _update(dynamodb, table_name, NUMBER, "REMOVE #mark")
        _update(dynamodb, table_name, GATE, "REMOVE passes.#mark")
        return True
    back = {"S": f"back to release {notice.back_to}"}
    known = _update(dynamodb, table_name, NUMBER, "SET #mark = :mark", _mark(notice))
    return known and _update(dynamodb, table_name, GATE, "SET passes.#mark = :mark", back)


def _mark(notice: RollbackNotice) -> Mapping[str, Any]:
    return {
        "M": {
            "release": {"N": str(notice.release)},
            "back_to": {"N": str(notice.back_to)},
            "described": {"N": str(notice.described)},
            "who": {"S": notice.who},
            "time": {"S": notice.time.isoformat()},
            "processes": {"L": [{"S": each} for each in notice.processes]},
            "has_succeeded": {"BOOL": notice.has_succeeded},
        }
    }


def _update(
    dynamodb: "DynamoDBClient", table_name: str, number: int, change: str, mark: Any = None
) -> bool:
    """Change an item that is there: the engine could not make one that another has made."""
    values: Any = {"ExpressionAttributeValues": {":mark": mark}} if mark else {}
    try:
        dynamodb.update_item(
            TableName=table_name,
            Key={"stack": {"S": PARTITION}, "number": {"N": str(number)}},
            UpdateExpression=change,
            ConditionExpression="attribute_exists(#number)",
            ExpressionAttributeNames={"#mark": MARK, "#number": "number"},
            **values,
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return False
    return True
