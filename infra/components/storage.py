"""The bucket for what users upload."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.backing_policies import bucket_log_policy, bucket_policy
from infra.backing_sections import Storage as StorageSettings
from infra.policies import Document

# Parts of uploads that nobody finished, and logs that somebody deleted.
LEFTOVER_DAYS = 7
CORS_MAX_AGE_SECONDS = 3600


@dataclass(frozen=True, kw_only=True)
class StorageArgs:
    """What the bucket takes; without a key S3 encrypts with its own."""

    settings: StorageSettings
    account_id: str
    access_log_days: int
    kms_key_arn: pulumi.Input[str] | None
    protect: bool


class Storage(pulumi.ComponentResource):
    """A private bucket, and one for the log of who used it.

    * media: all public access blocked, no ACLs, TLS only, encrypted, versioned; old versions and
      aborted uploads expire; pages of the named sites may use it from a browser; EventBridge
      hears of each change, which costs nothing until a rule listens
    * media-access-logs: written by S3 alone, encrypted by S3 itself, as it supports no key of
      one's own there [S3 user guide, "Enabling server access logging"]; logs expire
    """

    bucket_name: pulumi.Output[str]
    bucket_arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: StorageArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("flask-fargate:storage:Storage", name, None, opts)
        self._args = args
        media, versioning = self._create_bucket(f"{name}-media", args.kms_key_arn, args.protect)
        self._create_media_life_cycle(f"{name}-media", media, versioning)
        policy = self._create_policy(f"{name}-media", media, media.arn.apply(bucket_policy))
        self._open_to_browsers(f"{name}-media", media)
        aws.s3.BucketNotification(
            f"{name}-media", bucket=media.id, eventbridge=True, opts=_detail_of(media)
        )
        self._create_log(f"{name}-media", media)
        self.bucket_arn = media.arn
        # Whoever uses the bucket waits until nobody can without TLS.
        self.bucket_name = pulumi.Output.all(media.id, policy.id).apply(lambda ids: str(ids[0]))
        self.register_outputs({"bucket_name": self.bucket_name})

    def _create_bucket(
        self, name: str, kms_key_arn: pulumi.Input[str] | None, protect: bool
    ) -> tuple[aws.s3.Bucket, pulumi.Resource]:
        """A bucket without public access and ACLs; and its versioning, which life cycles need."""
        bucket = aws.s3.Bucket(
            name,
            force_destroy=self._args.settings.force_destroy,
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self, protect=protect),
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            name, bucket=bucket.id, rules=[_encryption(kms_key_arn)], opts=_detail_of(bucket)
        )
        aws.s3.BucketOwnershipControls(
            name,
            bucket=bucket.id,
            rule={"object_ownership": "BucketOwnerEnforced"},
            opts=_detail_of(bucket),
        )
        versioning = aws.s3.BucketVersioning(
            name,
            bucket=bucket.id,
            versioning_configuration={"status": "Enabled"},
            opts=_detail_of(bucket),
        )
        return bucket, versioning

    def _create_policy(
        self, name: str, bucket: aws.s3.Bucket, policy: pulumi.Output[Document]
    ) -> aws.s3.BucketPolicy:
        block = aws.s3.BucketPublicAccessBlock(
            name,
            bucket=bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=_detail_of(bucket),
        )
        return aws.s3.BucketPolicy(
            name,
            bucket=bucket.id,
            policy=policy.apply(json.dumps),
            # S3 refuses two changes of a bucket's access at once.
            opts=_detail_of(bucket, block),
        )

    def _create_media_life_cycle(
        self, name: str, bucket: aws.s3.Bucket, versioning: pulumi.Resource
    ) -> None:
        days = self._args.settings.noncurrent_days
        self._create_life_cycle(
            name,
            bucket,
            versioning,
            {
                "id": "old-versions",
                "status": "Enabled",
                "noncurrent_version_expiration": {"noncurrent_days": days},
                # The mark of a deletion, once nothing is left that it hides.
                "expiration": {"expired_object_delete_marker": True},
            },
        )

    def _create_life_cycle(
        self,
        name: str,
        bucket: aws.s3.Bucket,
        versioning: pulumi.Resource,
        rule: aws.s3.BucketLifecycleConfigurationRuleArgsDict,
    ) -> None:
        aws.s3.BucketLifecycleConfiguration(
            name,
            bucket=bucket.id,
            rules=[
                {
                    **rule,
                    "filter": {"prefix": ""},
                    "abort_incomplete_multipart_upload": {"days_after_initiation": LEFTOVER_DAYS},
                }
            ],
            opts=_detail_of(bucket, versioning),
        )

    def _open_to_browsers(self, name: str, bucket: aws.s3.Bucket) -> None:
        origins = self._args.settings.cors_origins
        if origins:
            aws.s3.BucketCorsConfiguration(
                name,
                bucket=bucket.id,
                cors_rules=[
                    {
                        "allowed_origins": list(origins),
                        "allowed_methods": ["GET", "HEAD", "POST", "PUT"],
                        "allowed_headers": ["*"],
                        "expose_headers": ["ETag"],
                        "max_age_seconds": CORS_MAX_AGE_SECONDS,
                    }
                ],
                opts=_detail_of(bucket),
            )

    def _create_log(self, name: str, media: aws.s3.Bucket) -> None:
        account_id = self._args.account_id
        log, versioning = self._create_bucket(f"{name}-access-logs", None, protect=False)
        rule: aws.s3.BucketLifecycleConfigurationRuleArgsDict = {
            "id": "expire",
            "status": "Enabled",
            "expiration": {"days": self._args.access_log_days},
            "noncurrent_version_expiration": {"noncurrent_days": LEFTOVER_DAYS},
        }
        self._create_life_cycle(f"{name}-access-logs", log, versioning, rule)
        policy = pulumi.Output.all(log.arn, media.arn).apply(
            lambda arns: bucket_log_policy(arns[0], arns[1], account_id)
        )
        allowed = self._create_policy(f"{name}-access-logs", log, policy)
        aws.s3.BucketLogging(
            name,
            bucket=media.id,
            target_bucket=log.id,
            target_prefix="media/",
            opts=_detail_of(media, allowed),
        )


def _detail_of(bucket: aws.s3.Bucket, *after: pulumi.Resource) -> pulumi.ResourceOptions:
    """A part of a protected bucket that may be taken away by a setting."""
    return pulumi.ResourceOptions(parent=bucket, depends_on=list(after), protect=False)


def _encryption(
    kms_key_arn: pulumi.Input[str] | None,
) -> aws.s3.BucketServerSideEncryptionConfigurationRuleArgsDict:
    if kms_key_arn is None:
        return {"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}
    return {
        "apply_server_side_encryption_by_default": {
            "sse_algorithm": "aws:kms",
            "kms_master_key_id": kms_key_arn,
        },
        # One call of KMS for many objects.
        "bucket_key_enabled": True,
    }
