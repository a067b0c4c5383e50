"""How releases are found and shown."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from release.caller import short_name
from release.ledger import Ledger
from release.record import Record

if TYPE_CHECKING:
    from ops.clients import OpsClients
    from ops.outputs import Outputs

MARKS = {"succeeded": "✓", "failed": "✗", "running": "…", "interrupted": "?"}


def ledger_of(clients: OpsClients, outputs: Outputs) -> Ledger:
    """The stack's releases."""
    return Ledger(clients.dynamodb, outputs.releases_table_name, outputs.prefix)


def who(record: Record) -> str:
    """Who deployed, in short."""
    return short_name(record.deployed_by) or record.author


def when(time: datetime, now: datetime) -> str:
    """How long ago, in the largest unit that says enough: `3 min ago`; days by their date."""
    if now - time < timedelta(days=1):
        return f"{age((now - time).total_seconds())} ago"
    return f"{time.astimezone():%Y-%m-%d %H:%M}"


def age(seconds: float) -> str:
    """A span in its largest unit: `3 min`."""
    whole = max(0, int(seconds))
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if whole >= size:
            return f"{whole // size} {unit}"
    return f"{whole} s"
