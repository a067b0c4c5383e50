"""`releases`: what was released, when, by whom, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from ops.permissions import TABLE, Need
from ops.verb import Operation, verb

if TYPE_CHECKING:
    from release.record import Record

SHOWN = 15
REPOSITORY = "arn:{partition}:ecr:{region}:{account_id}:repository/{repository_name}"
NEEDS = (
    Need(actions=("dynamodb:Query",), resources=(TABLE,)),
    Need(actions=("ecr:DescribeImages",), resources=(REPOSITORY,)),
)


@verb("releases", short_help="what was released")
@click.option(
    "-n",
    "--number",
    type=click.IntRange(min=1),
    default=SHOWN,
    show_default=True,
    help="How many, newest first.",
)
@click.option("--by-hand", is_flag=True, help="What verbs have changed, instead of releases.")
def command(operation: Operation, number: int, by_hand: bool) -> None:
    """List releases, newest first.

    Each with its verdict, time, person, commit (* with changes that were not committed), restore
    point of the database, and whether its image is still there to go back to.

    With --by-hand what was changed beside releases: each verb that changes something notes it.
    """
    from ops.releases.history import ledger_of

    if by_hand:
        _show_changes(operation, number)
        return
    outputs, report = operation.outputs, operation.report
    records = ledger_of(operation.clients, outputs).history(number)
    images = _images(operation, records)
    report.document(
        [{**asdict(each), "image_state": images.get(each.image, "unknown")} for each in records]
    )
    if not records:
        report.print(f"{operation.stack} has no release yet.")
        return
    _show(operation, records, images)


def _images(operation: Operation, records: Sequence[Record]) -> Mapping[str, str]:
    """State by image; empty, and said so, where ECR does not tell."""
    from ops.failures import is_about_the_login, short
    from ops.releases.parts import image_states
    from release.aws_errors import AwsError

    if not records:
        return {}
    try:
        references = {record.image for record in records}
        return image_states(operation.clients.ecr, operation.outputs, references)
    except AwsError as error:
        if is_about_the_login(error):
            raise
        operation.report.say(f"Whether images are still there is not known: {short(error)}")
        return {}


def _show_changes(operation: Operation, number: int) -> None:
    from ops import journal
    from ops.releases.history import when
    from release.caller import short_name

    report, table = operation.report, operation.outputs.releases_table_name
    entries = journal.newest(operation.clients.dynamodb, table, number)
    report.document(entries)
    if not entries:
        report.print(f"Nothing was changed by hand in {operation.stack}.")
        return
    now = operation.clock.now()
    report.table(
        ["when", "by", "verb", "what"],
        [(when(each.time, now), short_name(each.who), each.verb, each.what) for each in entries],
    )


def _show(operation: Operation, records: Sequence[Record], images: Mapping[str, str]) -> None:
    from ops.releases.history import MARKS, when, who

    now = operation.clock.now()
    operation.report.table(
        ["", "number", "when", "by", "commit", "restore point", "image", "verdict"],
        [
            (
                MARKS[record.verdict],
                record.number,
                when(record.started_at, now),
                who(record),
                record.commit[:8] + ("*" if record.dirty else ""),
                _restore_point(record),
                "gone" if record.expired else images.get(record.image, "?"),
                _verdict(record),
            )
            for record in records
        ],
    )


def _verdict(record: Record) -> str:
    back = f"back to release {record.rollback_to}: " if record.rollback_to else ""
    return f"{back}{record.reason or record.verdict}"


def _restore_point(record: Record) -> str:
    point = record.restore_point
    if point is None:
        return "-"
    return point.snapshot_id or f"{point.time.astimezone():%Y-%m-%d %H:%M}"
