"""Snapshots of the database that old releases have left, and their removal."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from release.aws_errors import AwsError, in_words
from release.progress import Say
from release.record import Record
from release.restore_point import Snapshot

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient


def of_releases(rds: "RDSClient", prefix: str, records: Sequence[Record]) -> Mapping[str, int]:
    """Number of the release by the name of its snapshot.

    Known by its tags: an earlier stack of the same prefix may have left one of the same name.
    """
    if not records:
        return {}
    wanted = {
        frozenset(
            Snapshot(prefix=prefix, number=each.number, started_at=each.started_at).tags.items()
        ): each.number
        for each in records
    }
    found = {}
    pages = rds.get_paginator("describe_db_snapshots").paginate(SnapshotType="manual")
    for page in pages:
        for each in page["DBSnapshots"]:
            tags = {(tag.get("Key"), tag.get("Value")) for tag in each.get("TagList", ())}
            number = next((wanted[own] for own in wanted if own <= tags), None)
            name = each.get("DBSnapshotIdentifier", "")
            if number is not None and name.startswith(f"{prefix}-release-"):
                found[name] = number
    return found


def remove(rds: "RDSClient", names: Sequence[str], say: Say) -> frozenset[str]:
    """Delete snapshots; those that AWS refused to delete, each with a warning."""
    refused = set()
    for name in names:
        try:
            rds.delete_db_snapshot(DBSnapshotIdentifier=name)
        except rds.exceptions.DBSnapshotNotFoundFault:
            continue  # Somebody else has deleted it.
        except AwsError as error:
            say(f"warning: the snapshot {name} stays: {in_words(error)}")
            refused.add(name)
    return frozenset(refused)
