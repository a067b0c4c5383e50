"""Secrets that a release's tasks cite and that are gone: ECS starts no task without them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ops.failures import is_about_the_login, short
from release.aws_errors import AwsError

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import TaskDefinitionTypeDef
    from mypy_boto3_secretsmanager import SecretsManagerClient

    from ops.clients import OpsClients
    from release.progress import Say

# A secret's ARN has as many parts; a key, a label and a version may stand behind it [ECS developer
# guide, "Pass Secrets Manager secrets through environment variables"].
_ARN_PARTS = 7


@dataclass(frozen=True, kw_only=True)
class LostSecret:
    """One that is gone, the processes that cite it, and the role that reads it for them.

    `is_kept` says that AWS keeps it until its recovery window ends.
    """

    arn: str
    processes: tuple[str, ...]
    role: str
    is_kept: bool

    @property
    def sentence(self) -> str:
        """What is wrong, without a full stop."""
        state = "deleted" if self.is_kept else "gone for good"
        return (
            f"{', '.join(self.processes)} cannot start without the secret {_name(self.arn)}, "
            f"which is {state}"
        )

    def way_back(self, region: str, of_program: frozenset[str]) -> str:
        """What to do, empty where nothing helps; `of_program` are the program's own secrets."""
        if not self.is_kept:
            return ""
        restore = f"`aws secretsmanager restore-secret --region {region} --secret-id {self.arn}`"
        if self.arn in of_program:
            return f"Bring it back, then repeat this: {restore}."
        # The update that took it out of the stack took it out of the role's policy, too.
        return (
            f"Since then the program has left out {_name(self.arn)}, and with it the right of the "
            f"role {self.role} to read it. To go back all the same: {restore}, allow that role "
            "secretsmanager:GetSecretValue on it, then repeat this."
        )


def of(
    clients: OpsClients, revisions: Mapping[str, TaskDefinitionTypeDef | None], say: Say
) -> Iterator[LostSecret]:
    """Those that the processes' revisions cite; `say` hears which AWS does not tell of."""
    for arn in sorted(cited_by(revisions.values())):
        users = {name: each for name, each in revisions.items() if each and arn in cited_by([each])}
        try:
            state = _state(clients.secrets, arn)
        except AwsError as error:
            if is_about_the_login(error):
                raise
            say(
                f"Whether the secret {_name(arn)} is still there, without which "
                f"{', '.join(users)} cannot start, is not known: {short(error)}"
            )
            continue
        if state != "there":
            role = next(iter(users.values())).get("executionRoleArn", "").rpartition("/")[2]
            yield LostSecret(arn=arn, processes=tuple(users), role=role, is_kept=state == "deleted")


def cited_by(revisions: Iterable[TaskDefinitionTypeDef | None]) -> frozenset[str]:
    """ARNs of all secrets, without keys, labels and versions."""
    return frozenset(arn for each in revisions if each for arn in _cited(each))


def _cited(revision: TaskDefinitionTypeDef) -> Iterator[str]:
    for container in revision.get("containerDefinitions", ()):
        for secret in container.get("secrets", ()):
            parts = secret["valueFrom"].split(":")
            # Anything else is a parameter of Systems Manager.
            if parts[2:3] == ["secretsmanager"]:
                yield ":".join(parts[:_ARN_PARTS])


def _state(secrets: SecretsManagerClient, arn: str) -> Literal["there", "deleted", "gone"]:
    """The secret as a whole: AWS lists no version without a label here, though tasks start with
    one for as long as it is kept [Secrets Manager API, DescribeSecret].
    """
    try:
        found = secrets.describe_secret(SecretId=arn)
    except secrets.exceptions.ResourceNotFoundException:
        return "gone"
    return "deleted" if "DeletedDate" in found else "there"


def _name(arn: str) -> str:
    return arn.rpartition(":")[2]
