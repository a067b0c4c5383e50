"""Settings of the jobs: the broker they travel by, and what a worker needs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, DirectoryPath, SecretStr

from app import addresses
from app.addresses import SQS
from app.config.setting import Section, setting, whole_number

JOBS = "by `worker` and `schedule`"


class Work(Section):
    """Jobs."""

    broker_url: Annotated[SecretStr, AfterValidator(addresses.broker)] | None = setting(
        None,
        "The broker that jobs travel by; `web` does without one",
        allowed="sqs://, or an address with amqps:// or rediss://",
        example=SQS,
        needed=JOBS,
    )
    queue_url_worker: str | None = setting(
        None,
        "The queue, where the broker is SQS",
        allowed="the https:// address of an SQS queue",
        example="https://...",
        needed=f"{JOBS} with `sqs://`",
        pattern=r"^https?://\S+/\S+$",
    )
    # The upper end is SQS's longest visibility timeout, 12 hours, less a minute to say goodbye.
    job_limit_seconds_worker: int = whole_number(
        60, "How long a job may take before it is ended", 1, 43_140, unit="seconds"
    )
    # Fargate sets it.
    aws_region: str | None = setting(
        None,
        "Region of the queue and of the database's tokens",
        allowed="an AWS region",
        example="eu-central-1",
        needed="with `sqs://` and with `DATABASE_AUTH=iam`",
        pattern=r"^[a-z]{2}(-[a-z]+)+-\d$",
    )
    # Where worker and schedule leave their sign of life: app/jobs/liveness.py.
    alive_folder: DirectoryPath = setting(
        Path("/tmp"),  # noqa: S108 - the one writable folder of a container
        "Where worker and schedule leave their sign of life",
        allowed="a folder that can be written to",
        example="/tmp",  # noqa: S108
    )
