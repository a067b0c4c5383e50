"""The image of the last update: whether it can be pulled, and run on the tasks' processor."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

from ops.checks.check import Check
from ops.checks.finding import Finding, ok, problem, unknown
from ops.permissions import NO_RESOURCE, Need

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_ecr.type_defs import ImageIdentifierTypeDef

    from ops.checks.situation import Situation

NEEDS = (
    Need(
        actions=("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
        resources=("arn:{partition}:ecr:{region}:{account_id}:repository/{prefix}",),
    ),
    Need(actions=("ecs:DescribeTaskDefinition",), because=NO_RESOURCE),
)
MEDIA_TYPES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
# What an image calls the processors of Fargate.
PROCESSORS = {"ARM64": "arm64", "X86_64": "amd64"}
DOWNLOAD_SECONDS = 10


def find(situation: Situation) -> Iterator[Finding]:
    """It is in the repository, and built for what the task definition asks for."""
    outputs, clients = situation.outputs, situation.clients
    place = outputs.image.partition("@")[0]
    if place.removeprefix(outputs.repository_url)[:1] not in {"", ":"}:
        yield unknown(f"{place} is not in the stack's own repository")
        return
    repository = outputs.repository_url.partition("/")[2]
    manifest = _manifest(clients.ecr, repository, outputs.image)
    if manifest is None:
        yield problem(
            f"the image {outputs.image} is gone: no task can be started any more",
            f"Change anything under app/ and {situation.way_back.up} builds another; until then "
            f"`bin/ops rollback --stack {situation.stack}` runs an earlier release's",
        )
        return
    wanted = _asked_processor(situation)
    try:
        found = _processors(clients.ecr, repository, manifest)
    except (OSError, HTTPException) as error:
        # An answer that ends in the middle is no URLError, as one is that never began.
        yield unknown(
            "which processor the image is built for: its configuration cannot be read here "
            f"({getattr(error, 'reason', error)})"
        )
        return
    if wanted in found:
        yield ok(f"built for {wanted}, as the tasks ask for")
        return
    yield problem(
        f"the image is built for {', '.join(sorted(found)) or 'an unknown processor'}, but the "
        f"tasks ask for {wanted}: they cannot start (exec format error)",
        "Write the processor of the image under service: architecture, or build for the other: "
        f"{situation.way_back.up}",
    )


def _manifest(ecr: ECRClient, repository: str, reference: str) -> Mapping[str, Any] | None:
    digest = reference.partition("@")[2]
    wanted: ImageIdentifierTypeDef = (
        {"imageDigest": digest} if digest else {"imageTag": reference.rpartition(":")[2]}
    )
    answer = ecr.batch_get_image(
        repositoryName=repository, imageIds=[wanted], acceptedMediaTypes=list(MEDIA_TYPES)
    )
    if not answer["images"]:
        return None
    found: Mapping[str, Any] = json.loads(answer["images"][0]["imageManifest"])
    return found


def _processors(ecr: ECRClient, repository: str, manifest: Mapping[str, Any]) -> frozenset[str]:
    """A list of images names each one's; a single image has it in its configuration."""
    if "manifests" in manifest:
        named = (each.get("platform", {}).get("architecture") for each in manifest["manifests"])
        # `unknown` are attestations, which lie beside the images.
        return frozenset(str(each) for each in named if each not in {None, "unknown"})
    digest = manifest["config"]["digest"]
    address = ecr.get_download_url_for_layer(repositoryName=repository, layerDigest=digest)
    with urlopen(address["downloadUrl"], timeout=DOWNLOAD_SECONDS) as answer:  # noqa: S310 - AWS's
        return frozenset({str(json.load(answer).get("architecture", ""))})


def _asked_processor(situation: Situation) -> str:
    arn = situation.outputs.task_definition_arns["web"]
    found = situation.clients.ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
    name = found.get("runtimePlatform", {}).get("cpuArchitecture", "X86_64")
    return PROCESSORS.get(name, name)


CHECK = Check(name="image", about="image and processor", find=find, needs=NEEDS)
