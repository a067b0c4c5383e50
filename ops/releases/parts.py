"""What is left of a release: its image, its task definitions, and its restore point."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from botocore.exceptions import ClientError

from release.aws_errors import code_of
from release.deployments import short
from release.old_images import Image, Repository, cited_among

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_ecs import ECSClient
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


def missing_revisions(ecs: ECSClient, arns: Iterable[str]) -> tuple[str, ...]:
    """`family:number` of each task definition that no task can be started from any more."""
    return tuple(short(arn) for arn in arns if not _is_active(ecs, arn))


def _is_active(ecs: ECSClient, arn: str) -> bool:
    try:
        found = ecs.describe_task_definition(taskDefinition=arn)
    except ClientError as error:
        # What was deleted is not told from what never was [ECS API, DescribeTaskDefinition].
        if code_of(error) == "ClientException":
            return False
        raise
    return found["taskDefinition"].get("status") == "ACTIVE"


@dataclass(frozen=True, kw_only=True)
class RestoreState:
    """Whether the database can still be put back to a restore point, and why not."""

    possible: bool
    text: str


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
