"""What Celery is told, and the schedule's own part."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from celery.beat import Scheduler  # type: ignore[import-untyped]
from flask import Flask

from app.jobs import names
from app.jobs.broker import GRACE_SECONDS, job_settings, make_celery
from app.jobs.job import ATTEMPTS, LONGEST_PAUSE_SECONDS, described, is_transient, pause_seconds
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


@pytest.fixture
def celery(app: Flask, sqs: Any) -> Any:
    return make_celery(app, sqs)


def test_a_job_leaves_the_queue_only_when_it_is_done(sqs: Any) -> None:
    settings = job_settings(sqs)
    assert settings["task_acks_late"], "a job of a killed worker would be lost"
    assert not settings["task_acks_on_failure"], "no dead letter would tell of it"
    assert settings["task_reject_on_worker_lost"], "a job that fills the memory would be lost"


def test_the_queue_is_the_one_that_is_given_and_none_is_made(sqs: Any) -> None:
    options = job_settings(sqs)["broker_transport_options"]
    assert options["region"] == "eu-central-1"
    assert options["predefined_queues"] == {"worker": {"url": SQS["queue_url_worker"]}}, (
        "the task's role could not list or make queues"
    )


def test_sqs_out_of_reach_does_not_hold_up_who_sends_a_job(sqs: Any) -> None:
    client = job_settings(sqs)["broker_transport_options"]["client-config"]
    assert client["connect_timeout"] <= 5, "a thread would wait for minutes"
    assert client["retries"] == {"total_max_attempts": 2}


def test_redis_keeps_a_job_for_longer_than_its_limit(make_config: MakeConfig) -> None:
    config = make_config(
        DATABASE, broker_url="rediss://:it@broker:6379/1", job_limit_seconds_worker=7200
    )
    timeout = job_settings(config)["broker_transport_options"]["visibility_timeout"]
    assert timeout > 7200 + GRACE_SECONDS, "a long job would be done by two workers at once"


def test_rabbitmq_keeps_what_is_given_up_and_confirms_what_it_takes(
    make_config: MakeConfig,
) -> None:
    settings = job_settings(make_config(DATABASE, broker_url="amqps://me:it@broker:5671"))
    (queue,) = settings["task_queues"]
    assert queue.durable, "a restart of the broker would lose the jobs"
    assert queue.queue_arguments["x-dead-letter-exchange"] == "worker-dead"
    assert queue.queue_arguments["x-delivery-limit"] < 20, "a job that kills workers would go on"
    assert settings["broker_transport_options"]["confirm_publish"], "a sent job might be lost"


@pytest.mark.parametrize("address", ["amqps://me:it@broker:5671", "rediss://broker:6379"])
def test_a_job_that_cannot_be_interrupted_does_not_come_back_for_ever(
    make_config: MakeConfig, sqs: Any, address: str
) -> None:
    assert job_settings(make_config(DATABASE, broker_url=address))["task_acks_on_timeout"]
    assert not job_settings(sqs)["task_acks_on_timeout"], "SQS would make no dead letter of it"


def test_web_starts_without_the_packages_that_only_others_need() -> None:
    code = "import sys, app.__main__, app; print({'boto3', 'celery'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()", "each deploy would wait for them, seconds on a quarter"


def test_every_name_is_a_job_that_exists_and_every_sweep_has_one(celery: Any) -> None:
    celery.loader.import_default_modules()
    celery.finalize()
    known = {value for name, value in vars(names).items() if name.isupper()}
    scheduled = {entry["task"] for entry in celery.conf.beat_schedule.values()}
    assert scheduled
    assert scheduled <= known <= set(celery.tasks), "the worker would refuse what is sent"


class Sent(LivingScheduler):
    """A schedule that notes what it would send."""

    sent: list[str]

    def apply_entry(self, entry: Any, producer: Any = None) -> None:
        self.sent.append(entry.task)


def test_each_look_at_the_clock_is_a_sign_of_life(celery: Any, tmp_path: Path) -> None:
    alive = tmp_path / "schedule.alive"
    celery.conf.update(alive_file=alive)
    Sent.sent = []
    scheduler = Sent(app=celery)
    assert scheduler.tick() <= TOUCH_SECONDS
    assert alive.exists()


def test_a_long_pause_is_broken_by_signs_of_life(
    celery: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Scheduler, "tick", lambda _: 3600.0)
    celery.conf.update(alive_file=tmp_path / "schedule.alive")
    assert LivingScheduler(app=celery).tick() == TOUCH_SECONDS, (
        "a schedule that waits for its hour would be replaced"
    )


@pytest.mark.parametrize("name", [names.CLOSE_POLLS, names.SEND_WAITING_MAILS])
def test_polls_are_closed_and_mails_sent_every_minute(celery: Any, name: str) -> None:
    entry = celery.conf.beat_schedule[name]
    assert entry["schedule"].minute == set(range(60)), "a result would be final much later"


def test_a_worker_that_was_away_finds_no_heap_of_sweeps(celery: Any) -> None:
    entries = celery.conf.beat_schedule.values()
    assert all(entry["options"]["expires"] < 60 for entry in entries)


def test_pauses_grow_are_limited_and_differ() -> None:
    pauses = [[pause_seconds(attempt) for _ in range(200)] for attempt in range(1, 9)]
    assert [max(of_attempt) for of_attempt in pauses] == [2, 4, 8, 16, 30, 30, 30, 30]
    assert all(min(of_attempt) >= max(of_attempt) / 2 for of_attempt in pauses)
    assert len(set(pauses[4])) > 5, "jobs that failed together would come back together"
    assert sum(max(of_attempt) for of_attempt in pauses[: ATTEMPTS - 1]) <= 60
    assert LONGEST_PAUSE_SECONDS < 60, "Redis would give a job that waits to another worker"


def test_only_what_may_pass_is_tried_again() -> None:
    from botocore.exceptions import EndpointConnectionError

    assert is_transient(ConnectionResetError())
    assert is_transient(EndpointConnectionError(endpoint_url="https://sqs"))
    assert not is_transient(ValueError()), "a mistake would be made six times"


def test_an_error_is_told_in_one_line_without_rows(app: Flask) -> None:
    from sqlalchemy.exc import IntegrityError

    inner = Exception("duplicate key\nvalue")
    error = IntegrityError("INSERT ...", {"email": "ada@example.org"}, inner)
    assert described(error) == "IntegrityError: duplicate key value"
    assert described(OSError()) == "OSError"
