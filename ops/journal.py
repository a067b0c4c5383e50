"""Who changed what by hand: a line in the table of releases for every verb that changes something.

The lines stand under a key of their own, so that no list of releases meets them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from infra.naming import PARTITION_KEY, SORT_KEY

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from ops.verb import Operation

PARTITION = "operations"
# Two verbs within a millisecond are rare; this many are a fault.
_ATTEMPTS = 20


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One change: `who` is an ARN, `what` a sentence."""

    time: datetime
    verb: str
    who: str
    what: str


def note(operation: Operation, what: str) -> None:
    """Keep what is being done, by whose credentials, under the time."""
    clients = operation.clients
    entry = Entry(
        time=operation.clock.now(),
        verb=operation.verb,
        who=clients.sts.get_caller_identity()["Arn"],
        what=what,
    )
    write(clients.dynamodb, operation.outputs.releases_table_name, entry)


def write(dynamodb: DynamoDBClient, table_name: str, entry: Entry) -> None:
    """Keep an entry; one of the same millisecond stays, and this one goes behind it."""
    milliseconds = int(entry.time.timestamp() * 1000)
    for later in range(_ATTEMPTS):
        item: Any = {name: {"S": str(value)} for name, value in asdict(entry).items()}
        item["time"] = {"S": entry.time.isoformat()}
        item[PARTITION_KEY] = {"S": PARTITION}
        item[SORT_KEY] = {"N": str(milliseconds + later)}
        try:
            dynamodb.put_item(
                TableName=table_name,
                Item=item,
                ConditionExpression="attribute_not_exists(#number)",
                ExpressionAttributeNames={"#number": SORT_KEY},
            )
        except dynamodb.exceptions.ConditionalCheckFailedException:
            if later == _ATTEMPTS - 1:
                raise
        else:
            return


def newest(dynamodb: DynamoDBClient, table_name: str, limit: int) -> Sequence[Entry]:
    """The last changes, newest first."""
    # In several answers: one ends after a megabyte, whatever number is asked for.
    pages = dynamodb.get_paginator("query").paginate(
        TableName=table_name,
        KeyConditionExpression="#partition = :operations",
        ExpressionAttributeNames={"#partition": PARTITION_KEY},
        ExpressionAttributeValues={":operations": {"S": PARTITION}},
        ScanIndexForward=False,
        PaginationConfig={"MaxItems": limit, "PageSize": limit},
    )
    return [
        Entry(
            time=datetime.fromisoformat(str(item["time"]["S"])),
            verb=str(item["verb"]["S"]),
            who=str(item["who"]["S"]),
            what=str(item["what"]["S"]),
        )
        for page in pages
        for item in page["Items"]
    ]
