"""Addresses of an emulated AWS, by service."""

from collections.abc import Iterable, Mapping

# Services that the program (or the provider for it) calls, by the provider's names. An emulated
# AWS needs an address for each.
SERVICES = (
    *("acm", "appautoscaling", "backup", "cloudwatch", "dynamodb", "ec2", "ecr", "ecs"),
    *("elasticache", "elbv2", "events", "iam", "kms", "lambda", "logs", "mq", "rds", "route53"),
    *("s3", "s3control", "secretsmanager", "sesv2", "sns", "sqs", "ssm", "sts", "wafv2"),
)
# AWS's own names, where the provider has others.
OWN_NAMES = {"application-autoscaling": "appautoscaling"}
DEFAULT = "default"
# Arguments of the provider that Python's own words stand in the way of.
_ARGUMENTS = {"lambda": "lambda_"}


def unknown(names: Iterable[str]) -> list[str]:
    """Names that are neither a service of the stack nor `default`."""
    known = {DEFAULT, *SERVICES, *OWN_NAMES}
    return [name for name in names if name not in known]


def by_service(given: Mapping[str, str]) -> dict[str, str]:
    """One address per argument of the provider's endpoints: a service's own, or the default.

    `given` has a default or is empty.
    """
    named = {OWN_NAMES.get(name, name): url for name, url in given.items()}
    default = named.pop(DEFAULT, None)
    urls = {**(dict.fromkeys(SERVICES, default) if default else {}), **named}
    return {_ARGUMENTS.get(name, name): url for name, url in urls.items()}
