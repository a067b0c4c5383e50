"""Revisions of task definitions: what they run, which are out of use, and their removal."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from release.aws_errors import AwsError, in_words
from release.deployments import short
from release.progress import Say

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient

# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteTaskDefinitions.html
_REVISIONS_A_CALL = 10
_Status = Literal["ACTIVE", "INACTIVE"]


def in_families(ecs: "ECSClient", families: Iterable[str], status: _Status) -> list[str]:
    """ARNs of the families' revisions, oldest first within each."""
    pages = ecs.get_paginator("list_task_definitions")
    return [
        arn
        for family in families
        for page in pages.paginate(familyPrefix=family, status=status, sort="ASC")
        for arn in page["taskDefinitionArns"]
        if short(arn).rpartition(":")[0] == family
    ]


def newest(revisions: Sequence[str]) -> frozenset[str]:
    """The newest revision of each family: the one that the next update compares itself with."""
    by_family: dict[str, str] = {}
    for arn in revisions:
        family = arn.rpartition(":")[0]
        by_family[family] = max(by_family.get(family, arn), arn, key=_number)
    return frozenset(by_family.values())


def images_of(ecs: "ECSClient", revisions: Iterable[str]) -> frozenset[str]:
    """The images that revisions run."""
    found = (ecs.describe_task_definition(taskDefinition=arn) for arn in revisions)
    return frozenset(
        container["image"]
        for answer in found
        for container in answer["taskDefinition"]["containerDefinitions"]
        if "image" in container
    )


def remove(
    ecs: "ECSClient", active: Sequence[str], inactive: Sequence[str], say: Say
) -> frozenset[str]:
    """Deregister and delete revisions; those that AWS refused to, each with a warning."""
    refused = set(_refused_deregistrations(ecs, active, say))
    doomed = [arn for arn in (*inactive, *active) if arn not in refused]
    for start in range(0, len(doomed), _REVISIONS_A_CALL):
        refused.update(_refused_deletions(ecs, doomed[start : start + _REVISIONS_A_CALL], say))
    return frozenset(refused)


def _refused_deregistrations(ecs: "ECSClient", revisions: Sequence[str], say: Say) -> Iterator[str]:
    for arn in revisions:
        try:
            ecs.deregister_task_definition(taskDefinition=arn)
        except AwsError as error:
            say(f"warning: {short(arn)} stays: {in_words(error)}")
            yield arn


def _refused_deletions(ecs: "ECSClient", revisions: Sequence[str], say: Say) -> Iterator[str]:
    try:
        failures = ecs.delete_task_definitions(taskDefinitions=revisions)["failures"]
    except AwsError as error:
        say(f"warning: {', '.join(map(short, revisions))} stay: {in_words(error)}")
        yield from revisions
        return
    for failure in failures:
        arn, why = failure.get("arn", ""), failure.get("reason", "")
        say(f"warning: {short(arn)} stays: {why} {failure.get('detail', '')}".rstrip())
        yield arn


def _number(arn: str) -> int:
    return int(arn.rpartition(":")[2])
