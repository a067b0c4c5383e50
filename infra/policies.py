"""IAM and resource policies as plain documents; no Pulumi, no AWS."""

from collections.abc import Mapping, Sequence
from typing import Any

Statement = dict[str, Any]
Document = dict[str, Any]


def document(*statements: Statement) -> Document:
    """A policy of the current version."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(actions: Sequence[str], resources: Any, **more: Any) -> Statement:
    """One Allow statement of an identity policy; `more` adds Sid or Condition."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": resources, **more}


def trust(service: str, account_id: str | None = None) -> Document:
    """Who may assume a role: one service, and where it says so only for this account.

    The condition keeps another customer of the service from using the role (confused deputy).
    """
    statement: Statement = {
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    if account_id:
        statement["Condition"] = {"StringEquals": {"aws:SourceAccount": account_id}}
    return document(statement)


def key_policy(account_id: str, *grants: Statement) -> Document:
    """A KMS key policy: the account's own IAM decides, and the granted services may use the key."""
    return document(
        {
            "Sid": "Account",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{account_id}:root"},
            "Action": "kms:*",
            "Resource": "*",
        },
        *grants,
    )


def key_use(sid: str, service: str, condition: Mapping[str, Any] | None = None) -> Statement:
    """A service may encrypt and decrypt with the key."""
    statement: Statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
        "Resource": "*",
    }
    if condition:
        statement["Condition"] = dict(condition)
        statement["Action"].append("kms:DescribeKey")
    return statement


def data_key_policy(account_id: str, region: str) -> Document:
    """The stack's data key: logs of this account, and those who publish to the topic.

    EventBridge's use carries no source condition: with one, messages vanish silently
    [SNS developer guide, "Key management"].
    """
    logs = {
        "ArnLike": {
            "kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{region}:{account_id}:log-group:*"
        }
    }
    return key_policy(
        account_id,
        key_use("Logs", f"logs.{region}.amazonaws.com", logs),
        key_use("Events", "events.amazonaws.com"),
        key_use("Alarms", "cloudwatch.amazonaws.com"),
    )


def access_log_bucket_policy(bucket_arn: str, account_id: str, region: str) -> Document:
    """The balancers of this account may write their logs; nobody may come without TLS."""
    return document(
        {
            "Sid": "BalancerLogs",
            "Effect": "Allow",
            "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": f"{bucket_arn}/AWSLogs/{account_id}/*",
            "Condition": {
                "ArnLike": {
                    "aws:SourceArn": (
                        f"arn:aws:elasticloadbalancing:{region}:{account_id}:loadbalancer/*"
                    )
                }
            },
        },
        {
            "Sid": "OnlyTls",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [bucket_arn, f"{bucket_arn}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    )


def topic_policy(topic_arn: str, rule_arn: str) -> Document:
    """One EventBridge rule may publish to the topic."""
    return document(
        {
            "Sid": "Events",
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": topic_arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": rule_arn}},
        }
    )


def log_writer(group_arn: str, *more: str) -> Document:
    """Write to one log group; `more` are further actions on it."""
    actions = ["logs:CreateLogStream", "logs:PutLogEvents", *more]
    return document(allow(actions, f"{group_arn}:*"))


def repository_reader(repository_arn: str) -> list[Statement]:
    """Pull images from one repository; the token itself has no resource type."""
    return [
        allow(["ecr:GetAuthorizationToken"], "*"),
        allow(
            [
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:GetDownloadUrlForLayer",
            ],
            repository_arn,
        ),
    ]


def secret_reader(
    secret_arns: Sequence[str], key_arns: Sequence[str], region: str
) -> list[Statement]:
    """Read the named secrets, and decrypt them through Secrets Manager only."""
    statements = [allow(["secretsmanager:GetSecretValue"], list(secret_arns))]
    if key_arns:
        through = {"StringEquals": {"kms:ViaService": f"secretsmanager.{region}.amazonaws.com"}}
        statements.append(allow(["kms:Decrypt"], list(key_arns), Condition=through))
    return statements


def exec_session(group_arn: str, key_arns: Sequence[str]) -> list[Statement]:
    """What ECS Exec needs inside a task; the channels have no resource type."""
    statements = [
        allow(
            [
                "ssmmessages:CreateControlChannel",
                "ssmmessages:CreateDataChannel",
                "ssmmessages:OpenControlChannel",
                "ssmmessages:OpenDataChannel",
            ],
            "*",
        ),
        allow(["logs:DescribeLogGroups"], "*"),
        *log_writer(group_arn, "logs:DescribeLogStreams")["Statement"],
    ]
    if key_arns:
        statements.append(allow(["kms:Decrypt", "kms:GenerateDataKey"], list(key_arns)))
    return statements


def database_login(resource_id: str, user: str, account_id: str, region: str) -> Statement:
    """Log in to one database as one role, by an IAM token."""
    return allow(
        ["rds-db:connect"], f"arn:aws:rds-db:{region}:{account_id}:dbuser:{resource_id}/{user}"
    )


def item_reader(
    table_arn: str, partition: str, key_arns: Sequence[str], region: str
) -> list[Statement]:
    """Read the items of one partition of a table, and decrypt them through DynamoDB only."""
    own = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [partition]}}
    statements = [allow(["dynamodb:GetItem"], table_arn, Condition=own)]
    if key_arns:
        through = {"StringEquals": {"kms:ViaService": f"dynamodb.{region}.amazonaws.com"}}
        statements.append(allow(["kms:Decrypt"], list(key_arns), Condition=through))
    return statements
