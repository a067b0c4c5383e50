"""IAM policy documents: their structure, and whether the actions exist."""

import fnmatch
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from planning import service_models, wire
from planning.resource import Resource

_VERSION: Final = "2012-10-17"
_DOCUMENT_KEYS: Final = frozenset({"Version", "Id", "Statement"})
_STATEMENT_KEYS: Final = frozenset(
    {
        *("Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"),
        *("Principal", "NotPrincipal"),
    }
)
_ACTION: Final = re.compile(r"\*|[a-z0-9-]+:[A-Za-z0-9*?]+")
_PRINCIPALS: Final = frozenset({"AWS", "Service", "Federated", "CanonicalUser"})
# IAM user guide, "IAM JSON policy elements: Condition operators".
_OPERATOR: Final = re.compile(
    r"(ForAllValues:|ForAnyValue:)?"
    r"(String(Not)?(Equals|Like|EqualsIgnoreCase)"
    r"|Numeric(Not)?Equals|Numeric(Less|Greater)Than(Equals)?"
    r"|Date(Not)?Equals|Date(Less|Greater)Than(Equals)?"
    r"|Bool|BinaryEquals|(Not)?IpAddress|Arn(Not)?(Equals|Like))(IfExists)?|Null"
)
# Services whose IAM actions are their API operations, and those of their actions that are not.
_EXTRA_ACTIONS: Final[Mapping[str, frozenset[str]]] = {
    "ecr": frozenset(),
    "ecs": frozenset({"Poll", "StartTelemetrySession"}),
    "kms": frozenset({"ReEncryptFrom", "ReEncryptTo"}),
    "logs": frozenset({"CreateLogDelivery", "GetLogDelivery", "ListLogDeliveries"}),
    "secretsmanager": frozenset(),
    "ses": frozenset(),
    "sns": frozenset(),
    "sqs": frozenset(),
    "sts": frozenset({"TagSession", "SetSourceIdentity"}),
}

# Token -> argument -> kind. An identity policy names no principal, the other two must.
_IDENTITY, _TRUST, _RESOURCE = "identity", "trust", "resource"
_POLICIES: Final[Mapping[str, Mapping[str, str]]] = {
    "aws:backup/vaultPolicy:VaultPolicy": {"policy": _RESOURCE},
    "aws:ec2/vpcEndpoint:VpcEndpoint": {"policy": _RESOURCE},
    "aws:ecr/repositoryPolicy:RepositoryPolicy": {"policy": _RESOURCE},
    "aws:iam/policy:Policy": {"policy": _IDENTITY},
    "aws:iam/role:Role": {"assumeRolePolicy": _TRUST},
    "aws:iam/rolePolicy:RolePolicy": {"policy": _IDENTITY},
    "aws:kms/key:Key": {"policy": _RESOURCE},
    "aws:s3/bucketPolicy:BucketPolicy": {"policy": _RESOURCE},
    "aws:secretsmanager/secret:Secret": {"policy": _RESOURCE},
    "aws:secretsmanager/secretPolicy:SecretPolicy": {"policy": _RESOURCE},
    "aws:sqs/queuePolicy:QueuePolicy": {"policy": _RESOURCE},
    "aws:sns/topic:Topic": {"policy": _RESOURCE},
    "aws:sns/topicPolicy:TopicPolicy": {"policy": _RESOURCE},
}


def policy_problems(resource: Resource) -> Iterator[str]:
    """What is wrong with the policy documents of a resource, one line each."""
    for argument, kind in _POLICIES.get(resource.type, {}).items():
        text = resource.inputs.get(argument)
        if text is None or text is wire.UNKNOWN or not isinstance(text, str):
            continue
        try:
            document = json.loads(text)
        except json.JSONDecodeError as error:
            yield f"{argument}: not JSON, {error}"
            continue
        yield from (f"{argument}: {problem}" for problem in _document(document, kind))


def _document(document: Any, kind: str) -> Iterator[str]:
    if not isinstance(document, Mapping):
        yield f"{document!r} given, a mapping with Version and Statement allowed"
        return
    for key in document.keys() - _DOCUMENT_KEYS:
        yield f"{key}: there is no such element"
    if document.get("Version") != _VERSION:
        yield f"Version: {document.get('Version')!r} given, {_VERSION!r} allowed"
    statements = document.get("Statement")
    statements = [statements] if isinstance(statements, Mapping) else statements
    if not isinstance(statements, list) or not statements:
        yield "Statement: missing or empty; the service refuses a policy without one"
        return
    for position, statement in enumerate(statements):
        where = f"Statement[{position}]"
        yield from (f"{where}.{problem}" for problem in _statement(statement, kind))


def _statement(statement: Mapping[str, Any], kind: str) -> Iterator[str]:
    for key in statement.keys() - _STATEMENT_KEYS:
        yield f"{key}: there is no such element"
    if statement.get("Effect") not in {"Allow", "Deny"}:
        yield f"Effect: {statement.get('Effect')!r} given, Allow or Deny allowed"
    if ("Action" in statement) == ("NotAction" in statement):
        yield "Action: exactly one of Action and NotAction is required"
    for action in _listed(statement.get("Action", statement.get("NotAction"))):
        yield from (f"Action: {problem}" for problem in _action(action))
    yield from _who_and_what(statement, kind)
    for operator, tests in statement.get("Condition", {}).items():
        if not _OPERATOR.fullmatch(operator):
            yield f"Condition.{operator}: there is no such operator"
        elif not isinstance(tests, Mapping) or not all(":" in key for key in tests):
            yield f"Condition.{operator}: a mapping from keys such as aws:SourceAccount allowed"


def _who_and_what(statement: Mapping[str, Any], kind: str) -> Iterator[str]:
    has_principal = "Principal" in statement or "NotPrincipal" in statement
    has_resource = "Resource" in statement or "NotResource" in statement
    if kind == _IDENTITY and has_principal:
        yield "Principal: a role's own policy names none"
    if kind != _IDENTITY and not has_principal:
        yield "Principal: missing, and it is required"
    if kind == _TRUST and has_resource:
        yield "Resource: a trust policy names none"
    if kind != _TRUST and not has_resource:
        yield "Resource: missing, and it is required"
    principal = statement.get("Principal")
    if principal is not None and principal != "*" and not _is_principal(principal):
        yield f"Principal: {principal!r} given, '*' or {', '.join(sorted(_PRINCIPALS))} allowed"
    for target in _listed(statement.get("Resource")):
        if target != "*" and not str(target).startswith(("arn:", "*:")):
            yield f"Resource: {target!r} given, an ARN or * allowed"


def _is_principal(principal: Any) -> bool:
    return isinstance(principal, Mapping) and bool(principal) and principal.keys() <= _PRINCIPALS


def _action(action: Any) -> Iterator[str]:
    if not isinstance(action, str) or not _ACTION.fullmatch(action):
        yield f"{action!r} given, `service:Operation` allowed"
        return
    service, _, wanted = action.partition(":")
    if service in _EXTRA_ACTIONS and not fnmatch.filter(_actions(service), wanted):
        yield f"{action!r}: the service has no such action"


@cache
def _actions(service: str) -> frozenset[str]:
    return frozenset(service_models.model(service).operations) | _EXTRA_ACTIONS[service]


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
