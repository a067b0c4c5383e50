"""What is known of a maintenance: the page, since when and by whom, and what to start afterwards.

It is one item in the table of releases. The function behind the balancer reads its page there
(infra/functions/maintenance), so the names of `page` and `retry_after_seconds` are shared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from infra.naming import (
    MAINTENANCE_NUMBER,
    MAINTENANCE_PARTITION,
    PARTITION_KEY,
    SORT_KEY,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_KEY: Any = {
    PARTITION_KEY: {"S": MAINTENANCE_PARTITION},
    SORT_KEY: {"N": str(MAINTENANCE_NUMBER)},
}


@dataclass(frozen=True, kw_only=True)
class Stopped:
    """How a process was before: its tasks, and what of its scaling was suspended; None is no
    scaling.
    """

    tasks: int
    suspended: Mapping[str, bool] | None = None

    @property
    def is_idle(self) -> bool:
        """Whether it has no task, and nothing starts one."""
        return not self.tasks and all((self.suspended or {}).values())


@dataclass(frozen=True, kw_only=True)
class Notice:
    """One maintenance; without a page visitors get a plain one. `who` is an ARN.

    Each that is written has a `version` of its own, so that nobody overwrites what he has not read.
    """

    since: datetime
    who: str
    retry_after_seconds: int
    page: str = ""
    addresses: tuple[str, ...] = ()
    stopped: Mapping[str, Stopped] = field(default_factory=dict)
    # `off` has begun to take it back.
    is_ending: bool = False
    version: str = field(default="", compare=False)


def read(dynamodb: DynamoDBClient, table_name: str) -> Notice | None:
    """The notice as it was last written; None when there is no maintenance."""
    item: Any = dynamodb.get_item(TableName=table_name, Key=_KEY, ConsistentRead=True).get("Item")
    if not item:
        return None
    return Notice(
        since=datetime.fromisoformat(item["since"]["S"]),
        who=item["who"]["S"],
        retry_after_seconds=int(item["retry_after_seconds"]["N"]),
        page=item.get("page", {}).get("S", ""),
        addresses=tuple(each["S"] for each in item["addresses"]["L"]),
        stopped={process: _stopped(each["M"]) for process, each in item["stopped"]["M"].items()},
        is_ending=item.get("ending", {}).get("BOOL", False),
        version=item.get("version", {}).get("S", ""),
    )


def write(
    dynamodb: DynamoDBClient, table_name: str, notice: Notice, *, replaces: Notice | None
) -> Notice | None:
    """Keep the notice in place of the one that was read; None when there is another one now."""
    fresh = replace(notice, version=uuid4().hex)
    item: Any = {
        **_KEY,
        "since": {"S": notice.since.isoformat()},
        "who": {"S": notice.who},
        "retry_after_seconds": {"N": str(notice.retry_after_seconds)},
        "addresses": {"L": [{"S": each} for each in notice.addresses]},
        "stopped": {"M": {name: {"M": _item(each)} for name, each in notice.stopped.items()}},
        "ending": {"BOOL": notice.is_ending},
        "version": {"S": fresh.version},
        **({"page": {"S": notice.page}} if notice.page else {}),
    }
    try:
        dynamodb.put_item(TableName=table_name, Item=item, **_while_it_is(replaces))
    except dynamodb.exceptions.ConditionalCheckFailedException:
        # The SDK asks again where an answer was lost: then it is this one already.
        found = read(dynamodb, table_name)
        return fresh if found and found.version == fresh.version else None
    return fresh


def delete(dynamodb: DynamoDBClient, table_name: str, notice: Notice) -> bool:
    """Forget it; False when there is another one now."""
    try:
        dynamodb.delete_item(TableName=table_name, Key=_KEY, **_while_it_is(notice))
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return read(dynamodb, table_name) is None
    return True


def _while_it_is(notice: Notice | None) -> dict[str, Any]:
    """The condition that nobody has written another one, or the first."""
    if notice and notice.version:
        return {
            "ConditionExpression": "#version = :version",
            "ExpressionAttributeNames": {"#version": "version"},
            "ExpressionAttributeValues": {":version": {"S": notice.version}},
        }
    return {
        "ConditionExpression": "attribute_not_exists(#version)",
        "ExpressionAttributeNames": {"#version": "version"},
    }


def _item(stopped: Stopped) -> dict[str, Any]:
    item: dict[str, Any] = {"tasks": {"N": str(stopped.tasks)}}
    if stopped.suspended is not None:
        flags = {name: {"BOOL": value} for name, value in stopped.suspended.items()}
        item["suspended"] = {"M": flags}
    return item


def _stopped(item: Mapping[str, Any]) -> Stopped:
    flags = item.get("suspended", {}).get("M")
    return Stopped(
        tasks=int(item["tasks"]["N"]),
        suspended=None if flags is None else {name: bool(v["BOOL"]) for name, v in flags.items()},
    )
