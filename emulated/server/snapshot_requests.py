"""Snapshots of databases as asked for: made in the background, tagged, found by filters."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import Any

from ministack.core.concurrency import spawn_background
from ministack.core.responses import get_account_id, get_region
from ministack.services import rds

from emulated.server import database
from emulated.server.database import Parameters, Record
from emulated.server.database_snapshot import PUT_OFF
from emulated.server.patching import Function, replace_each
from emulated.server.query_protocol import element, first
from emulated.server.settings import ServerSettings
from emulated.server.shelf import in_scope

# Long enough for a caller to see that it has to wait.
CREATION_SECONDS = 1.0
# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBSnapshots.html
FILTERS = {
    "db-instance-id": "DBInstanceIdentifier",
    "db-snapshot-id": "DBSnapshotIdentifier",
    "dbi-resource-id": "DbiResourceId",
    "engine": "Engine",
    "snapshot-type": "SnapshotType",
}
NAME = re.compile(r"Filters\.\w+\.(\d+)\.Name")
VALUE = re.compile(r"Filters\.\w+\.(\d+)\.Values\.\w+\.\d+")
PAGE_SIZE = 100
NOT_AVAILABLE = (
    "Cannot create a snapshot because the database instance {} is not in available state."
)
UNFINISHED = (
    "Cannot delete the snapshot because it is not currently in the available or failed state."
)


def install(_settings: ServerSettings) -> None:
    """Wrap the three calls."""
    replace_each(
        rds,
        {
            "_create_db_snapshot": _in_the_background,
            "_describe_db_snapshots": _filtered,
            "_delete_db_snapshot": _if_finished,
        },
    )


def _in_the_background(original: Function) -> Function:
    """The record is there at once, its contents a moment later."""

    def create(parameters: Parameters) -> Any:
        instance = database.named(parameters)
        name = rds._p(parameters, "DBSnapshotIdentifier")
        if instance and instance["DBInstanceStatus"] != "available":
            text = NOT_AVAILABLE.format(instance["DBInstanceIdentifier"])
            return rds._error("InvalidDBInstanceState", text, 400)
        token = PUT_OFF.set(_later)
        try:
            result = original(parameters)
        finally:
            PUT_OFF.reset(token)
        record = rds._snapshots.get(name)
        if result[0] != 200 or record is None:
            return result
        asked = rds._parse_tags(parameters)
        copied = (instance or {}).get("CopyTagsToSnapshot", False)
        # ministack gives a snapshot the tags of its instance whether it was asked to or not.
        record["TagList"] = asked or (record["TagList"] if copied else [])
        rds._tags[record["DBSnapshotArn"]] = list(record["TagList"])
        return _answer("CreateDBSnapshot", record)

    return create


def _later(record: Record, keep: Callable[[], None]) -> None:
    record.update(Status="creating", PercentProgress=0)

    def finish() -> None:
        time.sleep(CREATION_SECONDS)
        keep()
        record.update(Status="available", PercentProgress=100)

    arguments = (get_account_id(), get_region(), finish)
    spawn_background(in_scope, *arguments, thread_name="snapshot")


def _if_finished(original: Function) -> Function:
    def delete(parameters: Parameters) -> Any:
        record = rds._snapshots.get(rds._p(parameters, "DBSnapshotIdentifier"))
        if record and record["Status"] == "creating":
            return rds._error("InvalidDBSnapshotState", UNFINISHED, 400)
        return original(parameters)

    return delete


def _filtered(original: Function) -> Function:
    def describe(parameters: Parameters) -> Any:
        wanted = filters_of(parameters)
        unknown = [name for name in wanted if name not in FILTERS]
        if unknown:
            text = f"Unrecognized filter name: {unknown[0]}"
            return rds._error("InvalidParameterValue", text, 400)
        if rds._p(parameters, "DBSnapshotIdentifier"):
            return original(parameters)
        found = [record for record in rds._snapshots.values() if _matches(record, wanted)]
        for name in ("DBInstanceIdentifier", "SnapshotType", "DbiResourceId"):
            if value := rds._p(parameters, name):
                found = [record for record in found if record.get(name) == value]
        return _page(found, parameters)

    return describe


def filters_of(parameters: Mapping[str, Any]) -> dict[str, set[str]]:
    """Filters of a request: ``Filters.Filter.1.Name`` with ``Filters.Filter.1.Values.Value.1``."""
    names = {m.group(1): str(first(v)) for k, v in parameters.items() if (m := NAME.fullmatch(k))}
    wanted: dict[str, set[str]] = {name: set() for name in names.values()}
    for key, value in parameters.items():
        if found := VALUE.fullmatch(key):
            wanted[names[found.group(1)]].add(str(first(value)))
    return wanted


def _matches(record: Record, wanted: Mapping[str, set[str]]) -> bool:
    return all(str(record.get(FILTERS[name])) in values for name, values in wanted.items())


def _page(found: list[Record], parameters: Parameters) -> Any:
    start = int(rds._p(parameters, "Marker") or 0)
    end = start + int(rds._p(parameters, "MaxRecords") or PAGE_SIZE)
    members = "".join(f"<DBSnapshot>{rds._snapshot_xml(s)}</DBSnapshot>" for s in found[start:end])
    marker = element("Marker", end) if end < len(found) else ""
    action = "DescribeDBSnapshots"
    result = f"{marker}<DBSnapshots>{members}</DBSnapshots>"
    return rds._xml(200, f"{action}Response", f"<{action}Result>{result}</{action}Result>")


def _answer(action: str, record: Record) -> Any:
    inner = f"<DBSnapshot>{rds._snapshot_xml(record)}</DBSnapshot>"
    return rds._xml(200, f"{action}Response", f"<{action}Result>{inner}</{action}Result>")
