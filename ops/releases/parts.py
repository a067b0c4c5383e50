"""What is left of a release: its image, its task definitions, and its restore point."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Literal

from botocore.exceptions import ClientError

from release.aws_errors import code_of
from release.deployments import short
from release.old_images import Image, Repository, cited_among

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_ecs.type_defs import TaskDefinitionTypeDef
    from mypy_boto3_rds import RDSClient

    from ops.outputs import Outputs
    from release.record import RestorePoint

# "elsewhere" is an image of a repository that is not the stack's own.
ImageState = Literal["there", "gone", "elsewhere"]


def images_of(ecr: ECRClient, outputs: Outputs) -> Sequence[Image]:
    """Everything in the stack's repository."""
    name = outputs.repository_url.partition("/")[2]
    return Repository(ecr=ecr, name=name, registry_id=outputs.account_id).images()


def image_state(reference: str, images: Sequence[Image], outputs: Outputs) -> ImageState:
    """Whether the image of a release can still be pulled."""
    place = reference.partition("@")[0]
    if place.removeprefix(outputs.repository_url)[:1] not in {"", ":"}:
        return "elsewhere"
    return "there" if cited_among(images, [reference]) else "gone"


def revisions(ecs: ECSClient, arns: Iterable[str]) -> Mapping[str, TaskDefinitionTypeDef | None]:
    """Each task definition; None for one that no task can be started from any more."""
    return {arn: _active(ecs, arn) for arn in arns}


def missing_revisions(ecs: ECSClient, arns: Iterable[str]) -> tuple[str, ...]:
    """`family:number` of each task definition that no task can be started from any more."""
    return missing_among(revisions(ecs, arns))


def missing_among(found: Mapping[str, TaskDefinitionTypeDef | None]) -> tuple[str, ...]:
    """`family:number` of those that are None."""
    return tuple(short(arn) for arn, definition in found.items() if definition is None)


def _active(ecs: ECSClient, arn: str) -> TaskDefinitionTypeDef | None:
    try:
        found = ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
    except ClientError as error:
        # What was deleted is not told from what never was [ECS API, DescribeTaskDefinition].
        if code_of(error) == "ClientException":
            return None
        raise
    return found if found.get("status") == "ACTIVE" else None


@dataclass(frozen=True, kw_only=True)
class RestoreState:
    """Whether the database can be put back to a restore point, and why not; `soon` says that it
    cannot yet, but will.
    """

    possible: bool
    text: str
    soon: bool = False


def restore_state(rds: RDSClient, identifier: str, point: RestorePoint) -> RestoreState:
    """What the restore point of a release is worth today."""
    if point.snapshot_id:
        return _of_snapshot(rds, point.snapshot_id)
    pages = rds.describe_db_instance_automated_backups(DBInstanceIdentifier=identifier)
    windows = [each.get("RestoreWindow", {}) for each in pages["DBInstanceAutomatedBackups"]]
    begins = [window["EarliestTime"] for window in windows if "EarliestTime" in window]
    if not begins:
        return RestoreState(possible=False, text="RDS keeps no backups of this database")
    if point.time < min(begins):
        return RestoreState(
            possible=False, text=f"older than RDS's backups, which begin {min(begins):%Y-%m-%d}"
        )
    ends = [window["LatestTime"] for window in windows if "LatestTime" in window]
    # RDS saves its log every five minutes, or later when something hinders it.
    if ends and point.time > max(ends):
        reach = f"{max(ends).astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
        text = f"not yet: RDS's backups reach to {reach}"
        return RestoreState(possible=False, soon=True, text=text)
    return RestoreState(possible=True, text="within RDS's backups")


def _of_snapshot(rds: RDSClient, name: str) -> RestoreState:
    try:
        found = rds.describe_db_snapshots(DBSnapshotIdentifier=name)["DBSnapshots"]
    except rds.exceptions.DBSnapshotNotFoundFault:
        found = []
    status = found[0]["Status"] if found else "gone"
    return RestoreState(possible=status == "available", text=f"snapshot {name} is {status}")


def image_states(
    ecr: ECRClient, outputs: Outputs, references: Iterable[str]
) -> Mapping[str, ImageState]:
    """The state of each image."""
    images = images_of(ecr, outputs)
    return {each: image_state(each, images, outputs) for each in references}
