"""Celery as the application uses it: one queue, by the broker that BROKER_URL names."""

from __future__ import annotations

import logging
from typing import Any

from amqp.exceptions import AMQPError  # type: ignore[import-untyped]
from celery import Celery  # type: ignore[import-untyped]
from celery.schedules import crontab  # type: ignore[import-untyped]
from celery.signals import setup_logging  # type: ignore[import-untyped]
from flask import Flask
from kombu import Exchange, Queue

from app.addresses import SQS
from app.config import Config
from app.jobs import names
from app.jobs.job import job_class
from app.jobs.queue import CELERY, QUEUE

# The modules that do the jobs; the worker imports them when it starts.
JOBS = ("app.polls.jobs", "app.mail.jobs", "app.media.jobs", "app.jobs.sweep")
# A sweep that waited for longer than this has been overtaken by the next one.
SWEEP_SECONDS = 55
SWEEPS = {
    names.CLOSE_POLLS: crontab(),
    names.SEND_WAITING_MAILS: crontab(),
    names.MAKE_MISSING_THUMBNAILS: crontab(),
    names.SWEEP_MEDIA: crontab(minute=17),
    names.SWEEP_RECORDS: crontab(minute=47),
}
# A job over its limit is interrupted; one that cannot be is ended so much later, with its process.
GRACE_SECONDS = 5
# Redis takes a job for lost, and gives it to another worker, when it is not done within the limit
# and this; SQS has the same time as a setting of the queue.
VISIBILITY_MARGIN_SECONDS = 60
# A broker out of reach: how long one attempt to speak to it lasts.
CONNECT_SECONDS = 3
# SQS keeps a request for jobs open for up to 10 s while there is none.
READ_SECONDS = 15
# RabbitMQ gives a job up that has come back so often, as it does when it kills its whole worker.
DELIVERY_LIMIT = 10
log = logging.getLogger(__name__)


def make_celery(app: Flask, config: Config) -> Celery:
    """Celery with all jobs; each is run with the Flask application at hand, as requests are."""
    # Logs are set up by app.observability.request_log, for every process alike.
    setup_logging.connect(_leave_logging, dispatch_uid="app.jobs")
    celery = Celery("app", task_cls=job_class(app), set_as_current=False)
    celery.conf.update(job_settings(config))
    app.extensions[CELERY] = celery
    return celery


def job_settings(config: Config) -> dict[str, Any]:
    """Celery's settings: a job is done at least once, and one that cannot be is kept for a look."""
    address = config.broker_url.get_secret_value() if config.broker_url else ""
    limit = config.job_limit_seconds_worker
    return {
        "imports": JOBS,
        "broker_url": address,
        "broker_transport_options": _transport(config, address),
        "broker_connection_timeout": CONNECT_SECONDS,
        "broker_connection_retry_on_startup": True,
        # Once more at once: the connection may be one that the broker has closed long ago.
        "task_publish_retry_policy": {"max_retries": 1, "interval_start": 0, "interval_max": 0},
        "task_default_queue": QUEUE,
        "task_create_missing_queues": False,
        "task_queues": [_queue(address)],
        "task_ignore_result": True,
        # Taken from the queue when it is done, not when it begins; not even then when it failed:
        # SQS gives it again until it is a dead letter, RabbitMQ makes it one.
        "task_acks_late": True,
        "task_acks_on_failure": False,
        # What could not even be interrupted would come back for ever; SQS alone counts that.
        "task_acks_on_timeout": address != SQS,
        "task_reject_on_worker_lost": True,
        "task_soft_time_limit": limit,
        "task_time_limit": limit + GRACE_SECONDS,
        # As many jobs as there are processes to do them; the rest stays for other workers.
        "worker_concurrency": config.threads,
        "worker_prefetch_multiplier": 1,
        # Broadcasts to workers: SQS has none, and nothing here sends them.
        "worker_enable_remote_control": False,
        "worker_send_task_events": False,
        "timezone": "UTC",
        "beat_schedule": {
            name: {"task": name, "schedule": when, "options": {"expires": SWEEP_SECONDS}}
            for name, when in SWEEPS.items()
        },
    }


def declare_dead_letters(celery: Celery) -> None:
    """Make RabbitMQ's queue for jobs that were given up; SQS has its own, Redis has none."""
    if not celery.conf.broker_url.startswith("amqp"):
        return
    try:
        with celery.connection_for_write() as connection:
            dead_letters()(connection).declare()
    except (OSError, AMQPError) as error:
        log.warning("RabbitMQ has no queue for dead letters yet: %s.", type(error).__name__)


def dead_letters() -> Queue:
    """RabbitMQ's queue for jobs that were given up."""
    return Queue(f"{QUEUE}-dead", Exchange(f"{QUEUE}-dead", type="fanout"), durable=True)


def _queue(address: str) -> Queue:
    if not address.startswith("amqp"):
        return Queue(QUEUE, Exchange(QUEUE, type="direct"), routing_key=QUEUE)
    arguments = {
        "x-queue-type": "quorum",
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-dead-letter-exchange": dead_letters().exchange.name,
    }
    # By an exchange of this type RabbitMQ itself keeps jobs that are to be tried again later.
    exchange = Exchange(QUEUE, type="topic")
    return Queue(QUEUE, exchange, routing_key=QUEUE, queue_arguments=arguments)


def _transport(config: Config, address: str) -> dict[str, Any]:
    if address == SQS:
        client = {"connect_timeout": CONNECT_SECONDS, "read_timeout": READ_SECONDS}
        return {
            "region": config.aws_region,
            "predefined_queues": {QUEUE: {"url": config.queue_url_worker}},
            "client-config": client | {"retries": {"total_max_attempts": 2}},
        }
    if address.startswith("redis"):
        return {
            "visibility_timeout": config.job_limit_seconds_worker + VISIBILITY_MARGIN_SECONDS,
            # Look for lost jobs every 10 s, and not every tenth time only.
            "unacked_restore_throttle": 1,
            "socket_connect_timeout": CONNECT_SECONDS,
            "socket_timeout": READ_SECONDS,
        }
    # The broker says when a job is safe with it.
    return {"confirm_publish": True}


def _leave_logging(**_given: Any) -> None:
    """Keep Celery from setting up logs of its own, which a receiver of the signal does."""
