"""What the stack told of itself at its last update: the verbs' only address."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from infra.naming import outputs_parameter
from ops.problems import OpsError

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient


class StackMissingError(OpsError):
    """Nothing of that name was brought up in this account and region."""


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """The outputs of docs/outputs.md that verbs use, under the same names."""

    prefix: str
    account_id: str
    region: str
    protected: bool
    address: str
    domain_names: tuple[str, ...]
    zone_id: str
    cluster_name: str
    service_names: Mapping[str, str]
    task_definition_arns: Mapping[str, str]
    image: str
    releases_table_name: str
    log_group_names: Mapping[str, str]
    database_endpoint: str
    database_port: int
    database_name: str
    database_user: str
    database_identifier: str
    database_secret_arn: str
    queue_urls: Mapping[str, str]
    queue_names: Mapping[str, str]
    dead_letter_urls: Mapping[str, str]
    dead_letter_names: Mapping[str, str]
    repository_url: str
    vault_name: str
    backup_plan_id: str
    topic_arn: str
    balancer_arn: str
    balancer_dns_name: str
    listener_arn: str
    target_group_arn: str
    maintenance_target_group_arn: str
    maintenance_function_name: str
    vpc_id: str
    private_subnet_ids: tuple[str, ...]
    service_group_id: str
    jobs_group_id: str

    @property
    def processes(self) -> tuple[str, ...]:
        """What keeps running, `web` first."""
        return tuple(sorted(self.service_names, key=lambda name: (name != "web", name)))

    def process(self, name: str) -> str:
        """The process of that name; OpsError, with those that there are, when there is none."""
        if name in self.service_names:
            return name
        raise OpsError(
            f"There is no process {name!r}; there are: {', '.join(self.processes)}.", exit_code=2
        )


_OUTPUTS = TypeAdapter(Outputs)


def read_outputs(ssm: SSMClient, prefix: str, stack: str) -> Outputs:
    """The outputs as the last update published them.

    StackMissingError when it is not there, OpsError when an older or newer program brought it up.
    """
    name = outputs_parameter(prefix)
    try:
        text = ssm.get_parameter(Name=name)["Parameter"]["Value"]
    except ssm.exceptions.ParameterNotFound:
        raise StackMissingError(
            f"There is no stack {stack} in this account and region ({ssm.meta.region_name}): the "
            f"parameter {name} is not there.\nBring it up with `make up STACK={stack}`, or name "
            "another stack."
        ) from None
    return parse(text, stack)


def parse(text: str, stack: str) -> Outputs:
    """The published text as an object."""
    try:
        found: dict[str, Any] = json.loads(text)
        missing = sorted(field.name for field in fields(Outputs) if field.name not in found)
    except (TypeError, ValueError):
        raise _other_version(stack, "writes its outputs in another form") from None
    if missing:
        raise _other_version(stack, f"does not tell: {', '.join(missing)}")
    try:
        return _OUTPUTS.validate_python(found)
    except ValidationError as error:
        places = sorted({str(each["loc"][0]) for each in error.errors() if each["loc"]})
        raise _other_version(stack, f"means something else by {', '.join(places)}") from None


def _other_version(stack: str, difference: str) -> OpsError:
    return OpsError(
        f"The stack {stack} was brought up by another version of this program, which "
        f"{difference}.\nRun `make up STACK={stack}` from this version, or use that one."
    )
