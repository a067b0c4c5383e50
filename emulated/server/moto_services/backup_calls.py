"""What the calls of AWS Backup that moto lacks have in common."""

from __future__ import annotations

from typing import Any

from moto.backup import urls
from moto.backup.exceptions import ResourceNotFoundException
from moto.backup.responses import BackupResponse

# Seconds since the epoch. Records made here are all as old: what shows a changing date, drifts.
CREATION_DATE = 1735689600.0


def shelf(response: Any, kind: str) -> dict[Any, Any]:
    """Records of one kind in the account and region of a request."""
    shelves = vars(response.backup_backend).setdefault("_further_records", {})
    records: dict[Any, Any] = shelves.setdefault(kind, {})
    return records


def parts_after(response: Any, word: str) -> list[str]:
    """Parts of the path: P, selections and S of ``/backup/plans/P/selections/S`` after plans."""
    parts = [part for part in response.path.split("/") if part]
    return parts[parts.index(word) + 1 :]


def found(records: dict[Any, Any], key: Any, kind: str) -> Any:
    """The record with this key; the error of AWS Backup when there is none."""
    if key not in records:
        raise ResourceNotFoundException(f"{kind} not found")
    return records[key]


def route(path: str) -> None:
    """Let moto give requests for a path (a pattern) to AWS Backup."""
    urls.url_paths["{0}/" + path + "$"] = BackupResponse.dispatch
