"""What is known of a maintenance: the page, since when and by whom, and what to start afterwards.

It is one item in the table of releases. The function behind the balancer reads its page there
(infra/functions/maintenance), so the names of `page` and `retry_after_seconds` are shared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

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


@dataclass(frozen=True, kw_only=True)
class Notice:
    """One maintenance; without a page visitors get a plain one. `who` is an ARN."""

    since: datetime
    who: str
    retry_after_seconds: int
    page: str = ""
    addresses: tuple[str, ...] = ()
    stopped: Mapping[str, Stopped] = field(default_factory=dict)


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
    )


def write(dynamodb: DynamoDBClient, table_name: str, notice: Notice) -> None:
    """Keep the notice in place of the one before it."""
    item: Any = {
        **_KEY,
        "since": {"S": notice.since.isoformat()},
        "who": {"S": notice.who},
        "retry_after_seconds": {"N": str(notice.retry_after_seconds)},
        "addresses": {"L": [{"S": each} for each in notice.addresses]},
        "stopped": {"M": {name: {"M": _item(each)} for name, each in notice.stopped.items()}},
        **({"page": {"S": notice.page}} if notice.page else {}),
    }
    dynamodb.put_item(TableName=table_name, Item=item)


def delete(dynamodb: DynamoDBClient, table_name: str) -> None:
    """Forget it."""
    dynamodb.delete_item(TableName=table_name, Key=_KEY)


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
