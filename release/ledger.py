"""The table that keeps a record of every release: partition key `stack`, sort key `number`."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from release.problems import OvertakenError, ReleaseError
from release.record import Record

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Pulumi's lock lets one update at a time open a release; more than a few losses are a fault.
_OPEN_ATTEMPTS = 5
_PAGE = 25
_SAME_VERDICT = "#verdict = :verdict"
_SAME_PHASE = f"{_SAME_VERDICT} AND #phase = :phase"


class Ledger:
    """The releases of one stack; every read sees every earlier write."""

    def __init__(self, dynamodb: "DynamoDBClient", table_name: str, stack: str) -> None:
        self._dynamodb = dynamodb
        self._table_name = table_name
        self._stack = stack

    def latest(self) -> Record | None:
        """The newest release, if there is one."""
        return next(self.newest_first(page=1), None)

    def last_succeeded(self) -> Record | None:
        """The release that serves, as far as the records know."""
        records = self.newest_first()
        return next((record for record in records if record.verdict == "succeeded"), None)

    def history(self, limit: int | None = None) -> list[Record]:
        """The newest releases, newest first; all of them without a limit."""
        return list(islice(self.newest_first(), limit))

    def open(self, record: Record) -> Record:
        """Keep a release under the next free number, which the answer has."""
        for _ in range(_OPEN_ATTEMPTS):
            latest = self.latest()
            numbered = replace(record, number=latest.number + 1 if latest else 1)
            try:
                self._put(numbered, only_when="attribute_not_exists(#number)")
            except self._dynamodb.exceptions.ConditionalCheckFailedException:
                continue  # Somebody else took that number meanwhile.
            return numbered
        raise ReleaseError(
            f"Other updates of {self._stack} took every release number that this one tried.\n"
            "Let them end, then run this again."
        )

    def save(self, record: Record) -> None:
        """Write what is now known of a release that has ended."""
        self._put(record, only_when="attribute_exists(#number)")

    def first(self) -> Record | None:
        """The oldest release, None before there is one."""
        return next(self._in_order(page=1, newest_first=False), None)

    def newest_first(self, page: int = _PAGE) -> Iterator[Record]:
        """Every release, read as far as it is asked for, `page` at a time."""
        return self._in_order(page=page, newest_first=True)

    def _in_order(self, *, page: int, newest_first: bool) -> Iterator[Record]:
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._table_name,
            KeyConditionExpression="#stack = :stack",
            ExpressionAttributeNames={"#stack": "stack"},
            ExpressionAttributeValues={":stack": {"S": self._stack}},
            ScanIndexForward=not newest_first,
            ConsistentRead=True,
            PaginationConfig={"PageSize": page},
        )
        for answer in pages:
            yield from map(Record.from_item, answer["Items"])

    def update(self, record: Record, **changes: Any) -> Record:
        """Write an opened release with these changes; the answer has them.

        OvertakenError, and nothing is written, when somebody has changed its verdict meanwhile:
        a rollback and an update end each other's releases.
        """
        changed = replace(record, **changes)
        try:
            self._put(changed, only_when=_SAME_VERDICT, known=_parts(record, "verdict"))
        except self._dynamodb.exceptions.ConditionalCheckFailedException as error:
            kept = self._find(record.number)
            # The AWS SDK writes again when it has lost the answer to what was written.
            if kept != changed:
                raise OvertakenError(_overtaken(record, kept)) from error
        return changed

    def is_open(self, record: Record) -> bool:
        """Whether nobody has ended the release meanwhile."""
        kept = self._find(record.number)
        return kept is not None and kept.verdict == "running"

    def close(self, record: Record, reason: str, now: datetime, **changes: Any) -> bool:
        """End another's open release as interrupted; False when it went on or ended meanwhile."""
        closed = replace(record, verdict="interrupted", reason=reason, ended_at=now, **changes)
        try:
            self._put(closed, only_when=_SAME_PHASE, known=_parts(record, "verdict", "phase"))
        except self._dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def _find(self, number: int) -> Record | None:
        return next((each for each in self.newest_first() if each.number == number), None)

    def _put(
        self, record: Record, *, only_when: str, known: Mapping[str, Any] | None = None
    ) -> None:
        """Write the record on a condition, which may compare attributes with what is `known`."""
        known = known or {}
        values: Any = {f":{name}": value for name, value in known.items()}
        self._dynamodb.put_item(
            TableName=self._table_name,
            Item={"stack": {"S": self._stack}, **record.to_item()},
            ConditionExpression=only_when,
            ExpressionAttributeNames={f"#{name}": name for name in known or ("number",)},
            **({"ExpressionAttributeValues": values} if values else {}),
        )


def _parts(record: Record, *names: str) -> Mapping[str, Any]:
    """Attributes of the record as the table has them."""
    item = record.to_item()
    return {name: item[name] for name in names}


def _overtaken(record: Record, kept: Record | None) -> str:
    why = f": {kept.reason}" if kept and kept.reason else ""
    return (
        f"{record.title[:1].upper()}{record.title[1:]} was ended by somebody else{why}.\n"
        "What follows serves, once it succeeds: `bin/ops releases` shows it, `bin/ops ps` what "
        "runs now."
    )
