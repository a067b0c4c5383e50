"""What Celery is told, and the schedule's own part."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from celery.beat import Scheduler  # type: ignore[import-untyped]
from flask import Flask

from app.jobs.broker import job_settings, make_celery
from app.jobs.liveness import TOUCH_SECONDS
from app.jobs.schedule import LivingScheduler
from tests.app.conftest import MakeConfig

ROOT = Path(__file__).parents[2]
DATABASE = "postgresql://a:b@c/d"
SQS = {
    "broker_url": "sqs://",
    "queue_url_worker": "https://sqs.eu-central-1.amazonaws.com/1/worker",
    "aws_region": "eu-central-1",
}


@pytest.fixture
def sqs(make_config: MakeConfig) -> Any:
    return make_config(DATABASE, **SQS)


def test_a_job_leaves_the_queue_only_when_it_is_done(sqs: Any) -> None:
    settings = job_settings(sqs)
    assert settings["task_acks_late"], "a job of a killed worker would be lost"
    assert not settings["task_acks_on_failure_or_timeout"], "no dead letter would tell of it"
    assert settings["task_reject_on_worker_lost"], "a job that fills the memory would be lost"


def test_the_queue_is_the_one_that_is_given_and_none_is_made(sqs: Any) -> None:
    settings = job_settings(sqs)
    assert settings["broker_transport_options"] == {
        "region": "eu-central-1",
        "predefined_queues": {"worker": {"url": SQS["queue_url_worker"]}},
    }, "the task's role could not list or make queues"


def test_redis_keeps_a_job_for_longer_than_its_limit(make_config: MakeConfig) -> None:
    config = make_config(
        DATABASE, broker_url="rediss://:it@broker:6379/1", job_limit_seconds_worker=7200
    )
    timeout = job_settings(config)["broker_transport_options"]["visibility_timeout"]
    assert timeout > 7200, "a long job would be done by two workers at once"


def test_another_broker_needs_nothing_of_aws(make_config: MakeConfig) -> None:
    config = make_config(DATABASE, broker_url="amqps://me:it@broker:5671")
    assert job_settings(config)["broker_transport_options"] == {}


def test_web_starts_without_the_packages_that_only_others_need() -> None:
    code = "import sys, app.__main__, app; print({'boto3', 'celery'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()", "each deploy would wait for them, seconds on a quarter"


def test_everything_scheduled_is_a_job_that_exists(sqs: Any, app: Flask) -> None:
    celery = make_celery(app, sqs)
    celery.finalize()
    jobs = {entry["task"] for entry in celery.conf.beat_schedule.values()}
    assert jobs
    assert jobs <= set(celery.tasks), "the worker would refuse what the schedule sends"


class Sent(LivingScheduler):
    """A schedule that notes what it would send."""

    sent: list[str]

    def apply_entry(self, entry: Any, producer: Any = None) -> None:
        self.sent.append(entry.task)


def test_each_look_at_the_clock_is_a_sign_of_life(sqs: Any, app: Flask, tmp_path: Path) -> None:
    celery = make_celery(app, sqs)
    alive = tmp_path / "schedule.alive"
    celery.conf.update(alive_file=alive)
    Sent.sent = []
    scheduler = Sent(app=celery)
    assert scheduler.tick() <= TOUCH_SECONDS
    assert alive.exists()


def test_a_long_pause_is_broken_by_signs_of_life(
    sqs: Any, app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Scheduler, "tick", lambda _: 3600.0)
    celery = make_celery(app, sqs)
    celery.conf.update(alive_file=tmp_path / "schedule.alive")
    assert LivingScheduler(app=celery).tick() == TOUCH_SECONDS, (
        "a schedule that waits for its hour would be replaced"
    )


def test_the_sweep_is_due_every_minute(sqs: Any, app: Flask) -> None:
    entry = make_celery(app, sqs).conf.beat_schedule["close polls"]
    assert entry["schedule"].minute == set(range(60)), "a result would be final much later"
    assert entry["options"]["expires"] < 60, "a worker that was away would find a heap of sweeps"
