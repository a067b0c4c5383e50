"""Jobs that are done outside of requests: Celery, by the broker that BROKER_URL names."""

from __future__ import annotations

from typing import Any

from celery import Celery, Task  # type: ignore[import-untyped]
from celery.schedules import crontab  # type: ignore[import-untyped]
from celery.signals import setup_logging  # type: ignore[import-untyped]
from flask import Flask

from app.addresses import SQS
from app.config import Config
from app.polls.jobs import CLOSE_DUE

QUEUE = "worker"
# A sweep that waited for longer than this has been overtaken by the next one.
SWEEP_SECONDS = 55
# Redis takes a job for lost, and gives it to another worker, when it is not done within the limit
# and this; SQS has the same time as a setting of the queue.
VISIBILITY_MARGIN_SECONDS = 60


def make_celery(app: Flask, config: Config) -> Celery:
    """Celery with all jobs; each is run with the Flask application at hand, as requests are."""

    class FlaskTask(Task):  # type: ignore[misc]
        def __call__(self, *args: Any, **options: Any) -> Any:
            with app.app_context():
                return self.run(*args, **options)

    # Logs are set up by app.observability.request_log, for every process alike.
    setup_logging.connect(_leave_logging, dispatch_uid="app.jobs")
    celery = Celery("app", task_cls=FlaskTask, set_as_current=False)
    celery.conf.update(job_settings(config))
    return celery


def job_settings(config: Config) -> dict[str, Any]:
    """Celery's settings: a job is done at least once, and one that cannot be is kept for a look."""
    address = config.broker_url.get_secret_value() if config.broker_url else ""
    return {
        "broker_url": address,
        "broker_transport_options": _transport(config, address),
        "broker_connection_retry_on_startup": True,
        "task_default_queue": QUEUE,
        "task_create_missing_queues": False,
        "task_ignore_result": True,
        # Taken from the queue when it is done, not when it begins; not even then when it failed,
        # was too slow or killed its process: it comes back until the queue gives it up.
        "task_acks_late": True,
        "task_acks_on_failure_or_timeout": False,
        "task_reject_on_worker_lost": True,
        "task_time_limit": config.job_limit_seconds_worker,
        # As many jobs as there are processes to do them; the rest stays for other workers.
        "worker_concurrency": config.threads,
        "worker_prefetch_multiplier": 1,
        # Broadcasts to workers: SQS has none, and nothing here sends them.
        "worker_enable_remote_control": False,
        "worker_send_task_events": False,
        "timezone": "UTC",
        "beat_schedule": {
            "close polls": {
                "task": CLOSE_DUE,
                "schedule": crontab(),
                "options": {"expires": SWEEP_SECONDS},
            },
        },
    }


def _transport(config: Config, address: str) -> dict[str, Any]:
    if address == SQS:
        return {
            "region": config.aws_region,
            "predefined_queues": {QUEUE: {"url": config.queue_url_worker}},
        }
    if address.startswith("redis"):
        limit = config.job_limit_seconds_worker + VISIBILITY_MARGIN_SECONDS
        return {"visibility_timeout": limit}
    return {}


def _leave_logging(**_given: Any) -> None:
    """Keep Celery from setting up logs of its own, which a receiver of the signal does."""
