"""The bucket for the balancer's access logs."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.policies import access_log_bucket_policy


@dataclass(frozen=True, kw_only=True)
class AccessLogsArgs:
    """What the bucket takes."""

    account_id: str
    region: str
    keep_days: int
    force_destroy: bool


class AccessLogs(pulumi.ComponentResource):
    """A private bucket that only this account's balancers write to.

    * bucket, all public access blocked, no ACLs, TLS only, versioned
    * encrypted by S3 itself: the balancer supports no key of one's own
    * life cycle that expires logs and aborted uploads
    """

    bucket_name: pulumi.Output[str]

    def __init__(
        self, name: str, args: AccessLogsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("flask-fargate:access_logs:AccessLogs", name, None, opts)
        bucket = aws.s3.Bucket(
            f"{name}-access-logs",
            force_destroy=args.force_destroy,
            tags={"Name": f"{name}-access-logs"},
            opts=pulumi.ResourceOptions(parent=self),
        )
        block = self._close(name, bucket)
        self._create_life_cycle(name, bucket, args.keep_days)
        policy = aws.s3.BucketPolicy(
            f"{name}-access-logs",
            bucket=bucket.id,
            policy=bucket.arn.apply(
                lambda arn: json.dumps(access_log_bucket_policy(arn, args.account_id, args.region))
            ),
            # S3 refuses two changes of a bucket's access at once.
            opts=pulumi.ResourceOptions(parent=bucket, depends_on=[block]),
        )
        # The balancer tries to write before it accepts the bucket: the policy comes first.
        self.bucket_name = pulumi.Output.all(bucket.id, policy.id).apply(lambda ids: str(ids[0]))
        self.register_outputs({"bucket_name": self.bucket_name})

    def _close(self, name: str, bucket: aws.s3.Bucket) -> pulumi.Resource:
        """No public access, no ACLs, versions kept, everything encrypted."""
        child = pulumi.ResourceOptions(parent=bucket)
        aws.s3.BucketOwnershipControls(
            f"{name}-access-logs",
            bucket=bucket.id,
            rule={"object_ownership": "BucketOwnerEnforced"},
            opts=child,
        )
        aws.s3.BucketVersioning(
            f"{name}-access-logs",
            bucket=bucket.id,
            versioning_configuration={"status": "Enabled"},
            opts=child,
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            f"{name}-access-logs",
            bucket=bucket.id,
            rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}],
            opts=child,
        )
        return aws.s3.BucketPublicAccessBlock(
            f"{name}-access-logs",
            bucket=bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child,
        )

    def _create_life_cycle(self, name: str, bucket: aws.s3.Bucket, keep_days: int) -> None:
        aws.s3.BucketLifecycleConfiguration(
            f"{name}-access-logs",
            bucket=bucket.id,
            rules=[
                {
                    "id": "expire",
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "expiration": {"days": keep_days},
                    "noncurrent_version_expiration": {"noncurrent_days": 7},
                    "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
                }
            ],
            opts=pulumi.ResourceOptions(parent=bucket),
        )
