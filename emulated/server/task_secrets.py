"""What a container is given at its start: secrets by version, a log group that has to exist."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ministack.services import cloudwatch_logs, ecs, secretsmanager

from emulated.server.patching import Function, replace
from emulated.server.settings import ServerSettings
from emulated.server.task import Record

# Fields of a secret's ARN before the JSON key, the stage and the version.
ARN_FIELDS = 7
NO_LOG_GROUP = (
    "failed to validate logger args: create stream has been retried 1 times: failed to create "
    "Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist. : "
    "exit status 1"
)


class StartError(Exception):
    """A task cannot start; the text is ECS's reason without its heading."""


@dataclass(frozen=True)
class SecretReference:
    """``arn:json-key:version-stage:version-id``, any of the last three empty or left out.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
    """

    arn: str
    key: str
    stage: str
    version: str

    @classmethod
    def of(cls, text: str) -> SecretReference:
        """The parts of a ``valueFrom`` that names a secret."""
        fields = text.split(":")
        key, stage, version = [*fields[ARN_FIELDS:], "", "", ""][:3]
        return cls(":".join(fields[:ARN_FIELDS]), key, stage, version)


def install(_settings: ServerSettings) -> None:
    """Resolve versions, which ministack ignores; look for the log group before the start."""
    replace(ecs, "_resolve_container_secrets", _by_version)


def _by_version(original: Function) -> Function:
    def resolve(container: Record) -> Any:
        _check_log_group(container)
        secrets = container.get("secrets") or []
        kept = [s for s in secrets if "secretsmanager" in s["valueFrom"]]
        others = [s for s in secrets if s not in kept]
        found = original({**container, "secrets": others})
        return {**found, **{s["name"]: value_of(s["valueFrom"]) for s in kept}}

    return resolve


def value_of(text: str) -> str:
    """What a secret's ``valueFrom`` stands for; the error with which ECS does not start a task."""
    wanted = SecretReference.of(text)
    value = secretsmanager.resolve_secret_string(
        wanted.arn, wanted.stage or "AWSCURRENT", wanted.version or None
    )
    if value is None:
        raise ecs._SecretResolutionError(_absent(wanted))
    if not wanted.key:
        return str(value)
    try:
        return str(json.loads(value)[wanted.key])
    except (KeyError, TypeError, ValueError):
        raise ecs._SecretResolutionError(
            f"retrieved secret from Secrets Manager did not contain json key {wanted.key}"
        ) from None


def _absent(wanted: SecretReference) -> str:
    which = f"VersionId: {wanted.version}" if wanted.version else ""
    which = which or f"staging label: {wanted.stage or 'AWSCURRENT'}"
    return (
        "unable to retrieve secret from asm: service call has been retried 1 time(s): failed to "
        f"fetch secret {wanted.arn} from secrets manager: ResourceNotFoundException: Secrets "
        f"Manager can't find the specified secret value for {which}"
    )


def _check_log_group(container: Record) -> None:
    log = container.get("logConfiguration") or {}
    options = log.get("options") or {}
    if log.get("logDriver") != "awslogs" or options.get("awslogs-create-group") == "true":
        return
    if options.get("awslogs-group") not in cloudwatch_logs._log_groups:
        raise StartError(NO_LOG_GROUP)
