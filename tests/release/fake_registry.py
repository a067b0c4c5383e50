"""Task definitions, images and snapshots in memory: what retention reads and removes."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from release.clients import Clients
from tests.release.answering import RefusedError, answering
from tests.release.fake_table import FakeTable
from tests.release.scene import ARN, CLUSTER, deployment, service

REPOSITORY = "flaskapp-prod"
INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def digest(name: str) -> str:
    return "sha256:" + name.encode().hex().ljust(64, "0")


def image_of(name: str) -> str:
    return f"111122223333.dkr.ecr.eu-central-1.amazonaws.com/{REPOSITORY}@{digest(name)}"


@dataclass
class FakeRegistry:
    """Revisions by ARN with their image, images by digest, snapshots by name.

    `refused` holds operations, and names of single things, that AWS refuses.
    """

    table: FakeTable = field(default_factory=FakeTable)
    revisions: dict[str, str] = field(default_factory=dict)
    inactive: set[str] = field(default_factory=set)
    images: dict[str, dict[str, Any]] = field(default_factory=dict)
    children: dict[str, list[str]] = field(default_factory=dict)
    snapshots: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    tasks: list[dict[str, Any]] = field(default_factory=list)
    serving: int = 0
    refused: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    def clients(self) -> Clients:
        return answering(ecs=self, ecr=self, rds=self, dynamodb=self.table)

    def push(self, name: str, pushed_at: datetime, **fields: Any) -> None:
        self.images[digest(name)] = {
            "imageDigest": digest(name),
            "imagePushedAt": pushed_at,
            "imageManifestMediaType": MANIFEST,
            **fields,
        }

    def push_index(self, name: str, pushed_at: datetime, children: list[str]) -> None:
        """A multi-platform image; its children have no tag."""
        for child in children:
            self.push(child, pushed_at)
        self.push(name, pushed_at, imageManifestMediaType=INDEX, imageTags=[name])
        self.children[digest(name)] = [digest(child) for child in children]

    def _ask(self, operation: str) -> None:
        self.asked.append(operation)
        if operation in self.refused:
            raise RefusedError("AccessDeniedException", "no")

    def describe_services(self, **asked: Any) -> dict[str, Any]:
        self._ask("DescribeServices")
        return {"services": [service(deployment(self.serving, running=2))], "failures": []}

    def list_tasks(self, **asked: Any) -> dict[str, Any]:
        self._ask("ListTasks")
        wanted = [t for t in self.tasks if t["desiredStatus"] == asked["desiredStatus"]]
        return {"taskArns": [each["taskArn"] for each in wanted]}

    def describe_tasks(self, **asked: Any) -> dict[str, Any]:
        return {"tasks": [each for each in self.tasks if each["taskArn"] in asked["tasks"]]}

    def list_task_definitions(self, **asked: Any) -> dict[str, Any]:
        self._ask("ListTaskDefinitions")
        family, status = asked["familyPrefix"], asked["status"]
        return {
            "taskDefinitionArns": [
                arn
                for arn in self.revisions
                if arn.rpartition("/")[2].startswith(family)
                and (arn in self.inactive) == (status == "INACTIVE")
            ]
        }

    def describe_task_definition(self, **asked: Any) -> dict[str, Any]:
        self._ask("DescribeTaskDefinition")
        image = self.revisions[asked["taskDefinition"]]
        return {"taskDefinition": {"containerDefinitions": [{"name": "web", "image": image}]}}

    def deregister_task_definition(self, **asked: Any) -> dict[str, Any]:
        self._ask("DeregisterTaskDefinition")
        self.inactive.add(asked["taskDefinition"])
        return {}

    def delete_task_definitions(self, **asked: Any) -> dict[str, Any]:
        self._ask("DeleteTaskDefinitions")
        arns = asked["taskDefinitions"]
        assert len(arns) <= 10, "AWS refuses more"
        assert self.inactive.issuperset(arns), "AWS refuses active revisions"
        failures = [{"arn": arn, "reason": "IN_USE"} for arn in arns if arn in self.refused]
        for arn in set(arns) - self.refused:
            del self.revisions[arn]
        return {"taskDefinitions": [], "failures": failures}

    def describe_images(self, **asked: Any) -> dict[str, Any]:
        self._ask("DescribeImages")
        assert asked["repositoryName"] == REPOSITORY
        digests = list(self.images)
        start = int(asked.get("nextToken", 0))
        answer: dict[str, Any] = {
            "imageDetails": [self.images[each] for each in digests[start : start + 7]]
        }
        if start + 7 < len(digests):
            answer["nextToken"] = str(start + 7)
        return answer

    def batch_get_image(self, **asked: Any) -> dict[str, Any]:
        self._ask("BatchGetImage")
        assert INDEX in asked["acceptedMediaTypes"], "ECR would answer with one of the children"
        found = [each["imageDigest"] for each in asked["imageIds"]]
        return {"images": [self._manifest(each) for each in found]}

    def _manifest(self, index: str) -> dict[str, Any]:
        manifests = [{"digest": child} for child in self.children[index]]
        return {
            "imageId": {"imageDigest": index},
            "imageManifest": json.dumps({"manifests": manifests}),
        }

    def batch_delete_image(self, **asked: Any) -> dict[str, Any]:
        self._ask("BatchDeleteImage")
        failures = []
        for each in asked["imageIds"]:
            wanted = each["imageDigest"]
            referenced = [i for i, parts in self.children.items() if wanted in parts]
            if wanted in self.refused or any(index in self.images for index in referenced):
                failures.append(_failure(wanted, "ImageReferencedByManifestList"))
            elif self.images.pop(wanted, None) is None:
                failures.append(_failure(wanted, "ImageNotFound"))
        return {"failures": failures}

    def describe_db_snapshots(self, **asked: Any) -> dict[str, Any]:
        self._ask("DescribeDBSnapshots")
        return {
            "DBSnapshots": [
                {"DBSnapshotIdentifier": name, "TagList": tags}
                for name, tags in self.snapshots.items()
            ]
        }

    def delete_db_snapshot(self, **asked: Any) -> dict[str, Any]:
        self._ask("DeleteDBSnapshot")
        del self.snapshots[asked["DBSnapshotIdentifier"]]
        return {}


def _failure(wanted: str, code: str) -> dict[str, Any]:
    return {"imageId": {"imageDigest": wanted}, "failureCode": code, "failureReason": code}


__all__ = ["ARN", "CLUSTER", "FakeRegistry", "digest", "image_of"]
