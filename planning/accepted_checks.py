"""The findings of checkov that are accepted, each with its reason; nothing else is."""

from dataclasses import dataclass
from typing import Final

EVERY_STACK: Final = ("staging", "prod")
STAGING: Final = ("staging",)
PROD: Final = ("prod",)


@dataclass(frozen=True)
class Accepted:
    """A check that may fail for the resources whose Terraform address matches, in these stacks."""

    check: str
    resource: str
    stacks: tuple[str, ...]
    reason: str


_LOG_BUCKET: Final = "aws_s3_bucket.*_access_logs"
_PAGE: Final = "aws_lambda_function.*_maintenance"

ACCEPTED: Final = (
    Accepted(
        "CKV_AWS_260",
        "aws_vpc_security_group_ingress_rule.*_internet_80_in",
        EVERY_STACK,
        "port 80 of the balancer answers with the redirect to HTTPS and nothing else",
    ),
    Accepted(
        "CKV_AWS_145",
        _LOG_BUCKET,
        EVERY_STACK,
        "a balancer writes its access logs only to buckets with keys of S3 (SSE-S3)",
    ),
    Accepted("CKV_AWS_18", _LOG_BUCKET, EVERY_STACK, "the log bucket would log into itself"),
    Accepted("CKV_AWS_144", _LOG_BUCKET, EVERY_STACK, "access logs are expendable, no second copy"),
    Accepted("CKV2_AWS_62", _LOG_BUCKET, EVERY_STACK, "nothing consumes events of the log bucket"),
    Accepted(
        "CKV2_AWS_57",
        "aws_secretsmanager_secret.*_secret_key",
        EVERY_STACK,
        "rotated by an operator with its fallbacks; the database's secret rotates by itself",
    ),
    Accepted(
        "CKV2_AWS_57",
        "aws_secretsmanager_secret.*_cache_*",
        PROD,
        "drawn once; the token before it is good after a change, which an operator makes",
    ),
    Accepted(
        "CKV_AWS_144",
        "aws_s3_bucket.*_media",
        EVERY_STACK,
        "kept in the stack's one region, as the database is; old versions bring a file back",
    ),
    Accepted(
        "CKV2_AWS_34",
        "aws_ssm_parameter.*_outputs",
        EVERY_STACK,
        "nothing in it is secret, and whoever operates the stack reads it without a key",
    ),
    Accepted(
        "CKV_AWS_115",
        _PAGE,
        EVERY_STACK,
        "a limit of its own takes from the account's, of which a new account has too little",
    ),
    Accepted("CKV_AWS_116", _PAGE, EVERY_STACK, "the balancer waits for each answer; none is lost"),
    Accepted("CKV_AWS_117", _PAGE, EVERY_STACK, "it reads DynamoDB and reaches nothing private"),
    Accepted("CKV_AWS_173", _PAGE, EVERY_STACK, "its variables are names of a table and an item"),
    Accepted("CKV_AWS_272", _PAGE, EVERY_STACK, "its code is a file of this repository"),
    Accepted("CKV_AWS_50", _PAGE, EVERY_STACK, "one read for an answer: its log says as much"),
    Accepted("CKV_AWS_150", "aws_lb.*", STAGING, "staging is destroyed in one command"),
    Accepted("CKV_AWS_293", "aws_db_instance.*", STAGING, "staging is destroyed in one command"),
    Accepted("CKV_AWS_157", "aws_db_instance.*", STAGING, "a standby doubles the cost"),
    Accepted("CKV_AWS_338", "aws_cloudwatch_log_group.*", STAGING, "logs of tests, kept for weeks"),
    Accepted("CKV2_AWS_28", "aws_lb.*", STAGING, "a firewall costs more than staging's tasks"),
)
