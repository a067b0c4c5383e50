"""The ECR repository."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True, kw_only=True)
class RegistryArgs:
    """What the repository takes; without a key, ECR encrypts by AES-256."""

    force_delete: bool
    kms_key_arn: pulumi.Input[str] | None


class Registry(pulumi.ComponentResource):
    """Where images lie.

    * repository with tags that never move, scanned on push, encrypted
    * no life cycle of its own: ECR's rules do not know what tasks run, releases expire images
    """

    repository_url: pulumi.Output[str]
    repository_name: pulumi.Output[str]
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
        self.repository_url = repository.repository_url
        self.repository_name = repository.name
        self.repository_arn = repository.arn
        self.registry_id = repository.registry_id
        self.register_outputs({"repository_url": self.repository_url})
