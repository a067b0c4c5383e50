"""The ECR repository."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True, kw_only=True)
class RegistryArgs:
    """What the repository takes; without a key, ECR encrypts by AES-256."""

    kept_images: int
    force_delete: bool
    kms_key_arn: pulumi.Input[str] | None


class Registry(pulumi.ComponentResource):
    """Where images lie.

    * repository with tags that never move, scanned on push, encrypted
    * life cycle: the newest images are kept for rollback
    """

    repository_url: pulumi.Output[str]
    repository_arn: pulumi.Output[str]
    registry_id: pulumi.Output[str]

    def __init__(
        self, name: str, args: RegistryArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("flask-fargate:registry:Registry", name, None, opts)
        encryption: aws.ecr.RepositoryEncryptionConfigurationArgsDict = (
            {"encryption_type": "KMS", "kms_key": args.kms_key_arn}
            if args.kms_key_arn is not None
            else {"encryption_type": "AES256"}
        )
        repository = aws.ecr.Repository(
            f"{name}-images",
            name=name,  # people and other stacks pull by it
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration={"scan_on_push": True},
            encryption_configurations=[encryption],
            force_delete=args.force_delete,
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self),
        )
        aws.ecr.LifecyclePolicy(
            f"{name}-images",
            repository=repository.name,
            policy=json.dumps(lifecycle(args.kept_images)),
            opts=pulumi.ResourceOptions(parent=repository),
        )
        self.repository_url = repository.repository_url
        self.repository_arn = repository.arn
        self.registry_id = repository.registry_id
        self.register_outputs({"repository_url": self.repository_url})


def lifecycle(kept_images: int) -> dict[str, object]:
    """A life-cycle policy that expires all but the newest images."""
    return {
        "rules": [
            {
                "rulePriority": 1,
                "description": f"Keep the newest {kept_images} images",
                "selection": {
                    "tagStatus": "any",
                    "countType": "imageCountMoreThan",
                    "countNumber": kept_images,
                },
                "action": {"type": "expire"},
            }
        ]
    }
