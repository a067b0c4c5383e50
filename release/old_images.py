"""Images of the stack's repository: which are cited, which are old, and their removal."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from release.aws_errors import AwsError, in_words
from release.progress import Say

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient

# https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchDeleteImage.html
_IMAGES_A_CALL = 100
_INDEX_TYPES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_GONE_ALREADY = "ImageNotFound"


@dataclass(frozen=True, kw_only=True)
class Image:
    """An image by digest; `subject` is the image that this one describes, as a signature does."""

    digest: str
    tags: frozenset[str]
    pushed_at: datetime
    is_index: bool
    subject: str


@dataclass(frozen=True, kw_only=True)
class Repository:
    """An ECR repository."""

    ecr: "ECRClient"
    name: str
    registry_id: str

    def images(self) -> list[Image]:
        """Everything in it, images without a tag too."""
        pages = self.ecr.get_paginator("describe_images").paginate(
            registryId=self.registry_id, repositoryName=self.name
        )
        return [
            Image(
                digest=each["imageDigest"],
                tags=frozenset(each.get("imageTags", ())),
                pushed_at=each["imagePushedAt"],
                is_index=each.get("imageManifestMediaType") in _INDEX_TYPES,
                subject=each.get("subjectManifestDigest", ""),
            )
            for page in pages
            for each in page["imageDetails"]
        ]

    def children(self, indexes: Sequence[Image]) -> Mapping[str, frozenset[str]]:
        """Digests that multi-platform images consist of, by the digest of each of these."""
        found: dict[str, frozenset[str]] = {}
        for start in range(0, len(indexes), _IMAGES_A_CALL):
            answer = self.ecr.batch_get_image(
                registryId=self.registry_id,
                repositoryName=self.name,
                imageIds=[
                    {"imageDigest": each.digest} for each in indexes[start : start + _IMAGES_A_CALL]
                ],
                acceptedMediaTypes=list(_INDEX_TYPES),
            )
            for each in answer["images"]:
                manifests = json.loads(each["imageManifest"]).get("manifests", [])
                digests = frozenset(manifest["digest"] for manifest in manifests)
                found[each["imageId"]["imageDigest"]] = digests
        return found

    def remove(self, images: Sequence[Image], say: Say) -> frozenset[str]:
        """Delete images; digests of those that AWS refused to delete, each with a warning.

        An index goes before its children, which ECR keeps as long as an index names them.
        """
        refused: set[str] = set()
        for group in ([i for i in images if i.is_index], [i for i in images if not i.is_index]):
            for start in range(0, len(group), _IMAGES_A_CALL):
                digests = [each.digest for each in group[start : start + _IMAGES_A_CALL]]
                refused |= self._refused(digests, say)
        return frozenset(refused)

    def _refused(self, digests: Sequence[str], say: Say) -> set[str]:
        try:
            answer = self.ecr.batch_delete_image(
                registryId=self.registry_id,
                repositoryName=self.name,
                imageIds=[{"imageDigest": digest} for digest in digests],
            )
        except AwsError as error:
            say(f"warning: {len(digests)} images stay: {in_words(error)}")
            return set(digests)
        refused = set()
        for failure in answer.get("failures", []):
            if failure.get("failureCode") == _GONE_ALREADY:
                continue
            digest = failure.get("imageId", {}).get("imageDigest", "")
            refused.add(digest)
            say(f"warning: the image {digest} stays: {failure.get('failureReason', '')}")
        return refused


def cited_among(images: Sequence[Image], references: Iterable[str]) -> frozenset[str]:
    """Digests of the images that references name, by `@sha256:…` or by tag."""
    digests = {reference.partition("@")[2] for reference in references if "@" in reference}
    tags = {
        reference.rpartition(":")[2]
        for reference in references
        if "@" not in reference and ":" in reference.rpartition("/")[2]
    }
    return frozenset(each.digest for each in images if each.digest in digests or each.tags & tags)


def out_of_use(
    images: Sequence[Image],
    staying: frozenset[str],
    children: Mapping[str, frozenset[str]],
) -> list[Image]:
    """What neither stays, nor is part of what stays, nor describes what stays."""
    kept = set(staying)
    while True:
        parts = {digest for each in kept for digest in children.get(each, ())}
        about = {each.digest for each in images if each.subject in kept}
        if (parts | about) <= kept:
            return [each for each in images if each.digest not in kept]
        kept |= parts | about
