"""The sections about what the application works with: queues, broker, storage, cache, mail."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from infra.checks import Matching
from infra.setting_types import Email, Section, Tuple, setting

# From the end of a job that took its whole time to the deletion of its message.
VISIBILITY_MARGIN_SECONDS = 60
# SQS API, CreateQueue: VisibilityTimeout of 12 hours.
LONGEST_VISIBILITY_SECONDS = 43_200
# SQS API, CreateQueue: MessageRetentionPeriod; dead letters are kept for the whole of it.
LONGEST_RETENTION_DAYS = 14

Origin = Annotated[
    str,
    AfterValidator(
        Matching(
            r"https?://[a-z0-9.-]+(:[0-9]{1,5})?",
            "an address without a path",
            "https://www.example.com",
        )
    ),
]
BrokerClass = Annotated[
    str,
    AfterValidator(
        Matching(r"mq\.[a-z0-9]+\.[a-z0-9]+", "mq, a family and a size", "mq.m7g.medium")
    ),
]
NodeType = Annotated[
    str,
    AfterValidator(
        Matching(r"cache\.[a-z0-9]+\.[a-z0-9]+", "cache, a family and a size", "cache.t4g.micro")
    ),
]
ValkeyVersion = Annotated[
    str,
    AfterValidator(
        Matching(r"7\.2|[89]\.[0-9]", "a version of Valkey, major and minor, in quotes,", '"8.1"')
    ),
]
SenderName = Annotated[
    str,
    Field(max_length=64),
    AfterValidator(
        Matching(r"[^\"<>\\@,;\r\n]*", 'a plain name (none of " < > @ , ; \\)', "Polls")
    ),
]


class Queue(Section):
    """The queue of one process. It is made with a second one for jobs that never succeed."""

    longest_job_seconds: int = setting(
        "A job is ended after; only then may another task take it",
        300,
        ge=1,
        le=LONGEST_VISIBILITY_SECONDS - VISIBILITY_MARGIN_SECONDS,
    )
    # SQS API, CreateQueue, RedrivePolicy.
    max_receives: int = setting(
        "Tries of a job, before it is put aside as a dead letter", 5, ge=1, le=1000
    )
    # A dead letter's time counts from when the job was first sent [SQS developer guide,
    # "Dead-letter queues"]: one day at least must be left to look at it.
    retention_days: int = setting(
        "A job that nobody takes is dropped after; a dead letter 14 days after it was sent",
        4,
        ge=1,
        le=LONGEST_RETENTION_DAYS - 1,
    )
    backlog_per_task: int = setting(
        "Jobs, waiting or being worked on, for each task to hold", 10, ge=1, le=100_000
    )


class Broker(Section):
    """What carries jobs to the processes that have a queue."""

    kind: Literal["sqs", "rabbitmq"] = setting(
        "SQS queues, or RabbitMQ on Amazon MQ; the other keys are for RabbitMQ", "sqs"
    )
    instance_class: BrokerClass = setting("Amazon MQ instance class", "mq.m7g.medium")
    engine_version: Literal["3.13", "4.2"] = setting(
        "RabbitMQ, major and minor; patches are applied by AWS", "3.13"
    )
    multi_az: bool = setting("A cluster of three nodes in different zones", True)


class Storage(Section):
    """An S3 bucket for what users upload."""

    enabled: bool = setting("A bucket, and the right to use it", True)
    noncurrent_days: int = setting(
        "What was overwritten or deleted can be brought back for", 30, ge=1, le=3650
    )
    # Web browsers ask for it before they send a file to the bucket directly.
    cors_origins: Annotated[tuple[Origin, ...], Tuple] = setting(
        "Sites whose pages may read and write it from a browser", [], max_length=100
    )
    force_destroy: bool = setting("Destroy deletes the files too", False)


class Cache(Section):
    """Valkey on ElastiCache."""

    enabled: bool = setting("A cache", True)
    node_type: NodeType = setting("ElastiCache node type", "cache.t4g.micro")
    engine_version: ValkeyVersion = setting(
        "Valkey, major and minor; patches are applied by AWS", "8.1"
    )
    # ElastiCache user guide, "Understanding replication": five replicas of a primary.
    replicas: int = setting(
        "Copies in other zones, one of which takes over when the first node fails", 1, ge=0, le=5
    )
    # ElastiCache user guide, "Scheduling automatic backups".
    snapshot_days: int = setting("Daily snapshots are kept for; 0 is none", 0, ge=0, le=35)


class Mail(Section):
    """Sending mail by SES, from a domain of the stack's Route 53 zone."""

    enabled: bool = setting("An SES identity with its DNS records, and the right to send", True)
    from_address: Email = setting(
        "Sender; its domain is the zone's or one below it, and no other stack's",
        "no-reply@example.com",
    )
    from_name: SenderName = setting("Name shown with it, or empty", "Polls")
