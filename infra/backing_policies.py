"""Policies of queues, buckets and mail as plain documents; no Pulumi, no AWS."""

from collections.abc import Sequence

from infra.policies import Document, Statement, allow, document


def only_tls(service: str, resources: str | list[str]) -> Statement:
    """Nobody, not even the account's administrator, may come without TLS."""
    return {
        "Sid": "OnlyTls",
        "Effect": "Deny",
        "Principal": "*",
        "Action": f"{service}:*",
        "Resource": resources,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def queue_policy(queue_arn: str) -> Document:
    """Who may use a queue is said by the roles; nobody may without TLS."""
    return document(only_tls("sqs", queue_arn))


def bucket_policy(bucket_arn: str) -> Document:
    """Who may use a bucket is said by the roles; nobody may without TLS."""
    return document(only_tls("s3", [bucket_arn, f"{bucket_arn}/*"]))


def bucket_log_policy(bucket_arn: str, logged_arn: str, account_id: str) -> Document:
    """S3 may write the access logs of one bucket of this account."""
    return document(
        {
            "Sid": "AccessLogs",
            "Effect": "Allow",
            "Principal": {"Service": "logging.s3.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": f"{bucket_arn}/*",
            "Condition": {
                "ArnLike": {"aws:SourceArn": logged_arn},
                "StringEquals": {"aws:SourceAccount": account_id},
            },
        },
        only_tls("s3", [bucket_arn, f"{bucket_arn}/*"]),
    )


def queue_sender(queue_arns: Sequence[str]) -> Statement:
    """Put jobs into queues."""
    actions = ["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage"]
    return allow(actions, list(queue_arns))


def queue_consumer(queue_arn: str) -> Statement:
    """Take jobs out of one queue, give them back and delete them."""
    actions = ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:ReceiveMessage"]
    return allow(actions, queue_arn)


def storage_user(bucket_arn: str, prefix: str) -> list[Statement]:
    """Use the objects below a prefix (which ends in a slash), and see which there are.

    The right to list holds for that prefix alone, and reading an object names none: S3 answers
    403, not 404, for one that is not there. Only a listing tells.
    """
    objects = [
        "s3:AbortMultipartUpload",
        "s3:DeleteObject",
        "s3:GetObject",
        "s3:ListMultipartUploadParts",
        "s3:PutObject",
    ]
    below = {"StringLike": {"s3:prefix": [f"{prefix}*"]}}
    return [
        allow(objects, f"{bucket_arn}/{prefix}*"),
        allow(["s3:ListBucket"], bucket_arn, Condition=below),
    ]


def key_user(key_arn: str, services: Sequence[str], region: str) -> Statement:
    """Encrypt and decrypt through these services only, by their names in AWS's addresses."""
    through = [f"{service}.{region}.amazonaws.com" for service in services]
    return allow(
        ["kms:Decrypt", "kms:GenerateDataKey"],
        key_arn,
        Condition={"StringEquals": {"kms:ViaService": through}},
    )


def mail_sender(identity_arn: str) -> Statement:
    """Send mail that comes from one identity."""
    return allow(["ses:SendEmail", "ses:SendRawEmail"], identity_arn)
