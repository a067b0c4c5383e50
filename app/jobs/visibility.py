"""Whether the queue keeps a job from other workers for as long as it may take."""

from __future__ import annotations

import logging
from typing import Any

from app.addresses import SQS
from app.config import Config
from app.jobs.queue import QUEUE

ATTRIBUTE = "VisibilityTimeout"
log = logging.getLogger(__name__)


def warn_if_short(celery: Any, config: Config) -> None:
    """Log what to change when SQS gives a job to a second worker while the first may be at it.

    Redis is told the time itself, and RabbitMQ has none. Nothing happens when SQS does not answer:
    the worker says so itself, again and again.
    """
    if celery.conf.broker_url != SQS:
        return
    try:
        with celery.connection_for_read() as connection:
            client = connection.channel().sqs(QUEUE)
            asked = {"QueueUrl": config.queue_url_worker, "AttributeNames": [ATTRIBUTE]}
            seconds = int(client.get_queue_attributes(**asked)["Attributes"][ATTRIBUTE])
    except Exception as error:  # a missing right, a server away: botocore's errors have no base
        log.debug("The queue's visibility timeout is not known: %s.", type(error).__name__)
        return
    if seconds <= celery.conf.task_time_limit:
        log.warning(
            "The queue gives a job to another worker after %s s, but it may take %s s. Raise the "
            "queue's visibility timeout, or lower JOB_LIMIT_SECONDS_WORKER.",
            seconds,
            celery.conf.task_time_limit,
        )
