"""What AWS still lists under a stack's tags after it was taken down."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

# Global services (IAM, CloudFront's WAF) are listed in this region.
GLOBAL_REGION = "us-east-1"
# Service and start of the resource part of an ARN: what stays on purpose for a while or for good.
MEANT_TO_STAY = {
    ("rds", "snapshot:"),
    ("rds", "auto-backup:"),
    ("kms", "key/"),
    ("secretsmanager", "secret:"),
    ("logs", "log-group:"),
    ("backup", "recovery-point:"),
}

# Makes a client of the tagging API for a region.
MakeClient = Callable[[str], Any]


@dataclass(frozen=True)
class Leftovers:
    """ARNs by whether a destroy means to leave such a thing; `unknown`: why none were had."""

    meant: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()
    unknown: str = ""


def tagging_client(region: str) -> Any:
    """The Resource Groups Tagging API of a region."""
    return boto3.Session(region_name=region).client("resourcegroupstaggingapi")


def find(
    tags: Mapping[str, str], region: str, make_client: MakeClient = tagging_client
) -> Leftovers:
    """Everything that carries all of the tags, in the stack's region and among the global."""
    try:
        arns = {
            arn
            for asked in sorted({region, GLOBAL_REGION})
            for arn in _tagged(make_client(asked), tags)
        }
    except (BotoCoreError, ClientError) as error:
        return Leftovers(unknown=str(error))
    meant = sorted(arn for arn in arns if _is_meant(arn))
    return Leftovers(tuple(meant), tuple(sorted(arns - set(meant))))


def _tagged(client: Any, tags: Mapping[str, str]) -> list[str]:
    pages = client.get_paginator("get_resources").paginate(
        TagFilters=[{"Key": key, "Values": [value]} for key, value in tags.items()]
    )
    return [found["ResourceARN"] for page in pages for found in page["ResourceTagMappingList"]]


def _is_meant(arn: str) -> bool:
    """ARNs are `arn:partition:service:region:account:resource`."""
    parts = arn.split(":", 5)
    return len(parts) == 6 and any(
        parts[2] == service and parts[5].startswith(start) for service, start in MEANT_TO_STAY
    )
