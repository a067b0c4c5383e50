"""Secrets: the owner's password and its rotation, and those that tasks are told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from ops.checks.check import Check
from ops.checks.finding import Finding, ok, problem, warning
from ops.permissions import INSTANCE, NO_RESOURCE, Need

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager.type_defs import DescribeSecretResponseTypeDef

    from ops.checks.situation import Situation

NEEDS = (
    INSTANCE,
    Need(actions=("ecs:DescribeTaskDefinition",), because=NO_RESOURCE),
    Need(
        actions=("secretsmanager:DescribeSecret",),
        resources=(
            "{database_secret_arn}",
            "arn:{partition}:secretsmanager:{region}:{account_id}:secret:{prefix}-*",
        ),
    ),
)
# RDS rotates each week; Secrets Manager may take its time on the day.
LATE = timedelta(days=1)


def find(situation: Situation) -> Iterator[Finding]:
    """The owner's password is rotated, and no secret that a task needs is deleted."""
    found = [*_rotation(situation), *_deleted(situation)]
    yield from found
    if not found:
        yield ok("the owner's password is rotated, and what tasks are told is there")


def _rotation(situation: Situation) -> Iterator[Finding]:
    identifier, arn = situation.outputs.database_identifier, situation.outputs.database_secret_arn
    answer = situation.clients.rds.describe_db_instances(DBInstanceIdentifier=identifier)
    status = answer["DBInstances"][0].get("MasterUserSecret", {}).get("SecretStatus", "active")
    if status == "impaired":
        yield problem(
            "RDS can no longer change the owner's password: its secret or the secret's key was "
            "deleted or shut off",
            "Enable the key, or cancel its deletion; or let RDS make another secret: `aws rds "
            f"modify-db-instance --db-instance-identifier {identifier} "
            "--manage-master-user-password --rotate-master-user-password --apply-immediately`",
        )
    found = _described(situation, arn)
    if found is None:
        yield problem("the secret with the owner's password is gone", _make_anew(situation))
        return
    following = found.get("NextRotationDate")
    if not found.get("RotationEnabled"):
        yield warning(
            "nobody rotates the owner's password",
            f"Switch rotation on: `aws secretsmanager rotate-secret --secret-id {arn}`",
        )
    elif following is not None and situation.now - following > LATE:
        yield problem(
            f"the owner's password should have been rotated on {following:%Y-%m-%d}",
            "Rotate it now, which says why not: "
            f"`aws secretsmanager rotate-secret --secret-id {arn}`",
        )


def _deleted(situation: Situation) -> Iterator[Finding]:
    """A task whose secret is gone does not start, though those that run go on."""
    for arn, processes in sorted(_cited(situation).items()):
        found = _described(situation, arn)
        if found is None or "DeletedDate" in found:
            name, users = arn.rpartition(":")[2], ", ".join(sorted(processes))
            yield problem(
                f"the secret {name}, which {users} cannot start without, is deleted",
                f"Bring it back: `aws secretsmanager restore-secret --secret-id {arn}`; if it is "
                f"too late: {_make_anew(situation)}",
            )


def _cited(situation: Situation) -> dict[str, list[str]]:
    """Processes by the secrets that their task definitions name."""
    from ops.releases import lost_secrets

    cited: dict[str, list[str]] = {}
    for process, revision in situation.outputs.task_definition_arns.items():
        answer = situation.clients.ecs.describe_task_definition(taskDefinition=revision)
        for arn in lost_secrets.cited_by([answer["taskDefinition"]]):
            cited.setdefault(arn, []).append(process)
    return cited


def _described(situation: Situation, arn: str) -> DescribeSecretResponseTypeDef | None:
    secrets = situation.clients.secrets
    try:
        return secrets.describe_secret(SecretId=arn)
    except secrets.exceptions.ResourceNotFoundException:
        return None


def _make_anew(situation: Situation) -> str:
    return f"{situation.way_back.refresh} make it anew"


CHECK = Check(name="secrets", about="rotation, and what tasks are told", find=find, needs=NEEDS)
