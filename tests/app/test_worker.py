"""The real worker in a process of its own, with a real SQS server and a real database."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from celery import Celery  # type: ignore[import-untyped]
from flask import Flask

from app.jobs.broker import SWEEPS, make_celery
from app.jobs.names import CLOSE_POLLS
from tests.app.broker import ROOT, Broker, Queue, Worker, eventually
from tests.app.conftest import SECRET_KEY, MakeConfig

pytestmark = pytest.mark.processes

Start = Callable[..., Worker]
DUE = "INSERT INTO polls (title, closes_at) VALUES ('Due?', now())"
CLOSED = "SELECT count(*) FROM polls WHERE closed_at IS NOT NULL"


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    started = Broker()
    yield started
    started.stop()


@pytest.fixture
def start(tmp_path: Path, migrated: str) -> Iterator[Start]:
    started: list[Worker] = []

    def begin(queue: Queue, **changes: str) -> Worker:
        started.append(Worker(tmp_path, migrated, queue, **changes))
        return started[-1]

    yield begin
    for worker in started:
        worker.kill()


@pytest.fixture
def send(
    app: Flask, migrated: str, make_config: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Queue], None]:
    """Put the job that closes polls into a queue, with one poll that is due."""

    def put(queue: Queue) -> None:
        for name, value in queue.environment.items():
            monkeypatch.setenv(name, value)
        names = ("broker_url", "queue_url_worker", "aws_region")
        config = make_config(migrated, **{name: queue.environment[name.upper()] for name in names})
        celery: Celery = make_celery(app, config)
        with psycopg.connect(migrated) as connection:
            connection.execute(DUE)
        with celery.connection_for_write() as connection:
            celery.send_task(CLOSE_POLLS, connection=connection)

    return put


@contextmanager
def busy_table(address: str) -> Iterator[psycopg.Connection]:
    """Hold the polls, so that a job that wants to close them takes as long as we like."""
    with psycopg.connect(address) as holder:
        holder.execute("LOCK TABLE polls IN ACCESS EXCLUSIVE MODE")
        yield holder
        holder.rollback()


def wait_for_a_job(address: str) -> None:
    """Return when a job is in its middle: before, a worker that ends gives it back undone."""
    query = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
    query += " AND application_name = 'app-worker' AND wait_event_type = 'Lock'"
    with psycopg.connect(address, autocommit=True) as connection:
        eventually(lambda: connection.execute(query).fetchone() is not None)


def closed(address: str) -> int:
    with psycopg.connect(address) as connection:
        (number,) = connection.execute(CLOSED).fetchone() or (0,)
    return int(number)


def test_a_job_is_done_once_and_every_line_printed_is_json_or_the_librarys(
    broker: Broker, start: Start, send: Callable[[Queue], None], migrated: str
) -> None:
    queue = broker.queue(visibility_seconds=120)
    worker = start(queue)
    send(queue)
    eventually(lambda: closed(migrated) == 1)
    eventually(lambda: queue.counts() == (0, 0))
    begun = time.monotonic()
    assert worker.stop() == 0, "each deploy would look like a crash"
    assert time.monotonic() - begun < 10, "an idle worker would hold every deploy up"
    printed = [line for line in worker.output.read_text().splitlines() if line]
    lines = [json.loads(line) for line in printed if line[0] == "{"]
    assert set(printed) - {line for line in printed if line[0] == "{"} == {
        "worker: Warm shutdown (MainProcess)"
    }, "the log would not be one line for each event"
    messages = [line["message"] for line in lines if line["logger"] == "app.polls.jobs"]
    assert len(messages) == 1, "the poll would be closed twice"
    assert re.fullmatch(r"Closed poll \d+; votes: 0\.", messages[0])
    assert not [line for line in lines if line["level"] != "INFO"], "each start would warn"


def test_a_job_in_flight_is_finished_before_the_worker_ends(
    broker: Broker, start: Start, send: Callable[[Queue], None], migrated: str
) -> None:
    queue = broker.queue()
    worker = start(queue)
    send(queue)
    with busy_table(migrated):
        wait_for_a_job(migrated)
        worker.process.terminate()
        time.sleep(1)
        assert worker.process.poll() is None, "the job would be cut off"
    assert worker.process.wait(30) == 0
    assert closed(migrated) == 1, "a deploy would leave the job undone"
    assert queue.counts() == (0, 0), "the job would be done a second time"


def test_a_job_that_outlasts_the_stop_timeout_goes_back_to_the_queue(
    broker: Broker, start: Start, send: Callable[[Queue], None], migrated: str
) -> None:
    queue = broker.queue(visibility_seconds=600)
    worker = start(queue, STOP_TIMEOUT="6")
    send(queue)
    with busy_table(migrated):
        wait_for_a_job(migrated)
        begun = time.monotonic()
        assert worker.stop() == 0
        # 6 s, or more where the machine is so busy that a start alone takes longer.
        limit = max(6, worker.start_seconds)
        assert time.monotonic() - begun < limit, "the platform would have to kill it"
    # Long before the 600 s after which the queue itself would give the job to somebody else.
    eventually(lambda: queue.counts() == (1, 0))
    assert closed(migrated) == 0


def test_the_job_of_a_killed_worker_comes_back(
    broker: Broker, start: Start, send: Callable[[Queue], None], migrated: str
) -> None:
    queue = broker.queue(visibility_seconds=3)
    worker = start(queue)
    send(queue)
    with busy_table(migrated):
        wait_for_a_job(migrated)
        worker.kill()
    assert closed(migrated) == 0
    start(queue)
    eventually(lambda: closed(migrated) == 1)
    eventually(lambda: queue.counts() == (0, 0))


def test_a_job_over_its_limit_is_ended_and_stays_in_the_queue(
    broker: Broker, start: Start, send: Callable[[Queue], None], migrated: str
) -> None:
    queue = broker.queue(visibility_seconds=600)
    worker = start(queue, JOB_LIMIT_SECONDS_WORKER="1")
    send(queue)
    with busy_table(migrated):
        worker.wait_for("Soft time limit (1s) exceeded")
        assert sum(queue.counts()) == 1, "a job that was too slow once would be lost"


def test_a_job_that_fails_stays_in_the_queue(
    broker: Broker, start: Start, send: Callable[[Queue], None], empty_database: str
) -> None:
    queue = broker.queue(visibility_seconds=600)
    worker = start(queue, DATABASE_URL=empty_database)
    send(queue)
    worker.wait_for("UndefinedTable")
    # Not even a note of it could be saved here.
    worker.wait_for("is given up, and cannot be noted")
    assert worker.stop() == 0, "one bad job would stop all the others"
    assert sum(queue.counts()) == 1, "no dead letter would tell of it"


EVERY_SECOND = """
from celery.schedules import schedule as every
from app.config import load_config
from app.jobs import broker, schedule
broker.SWEEPS = dict.fromkeys(broker.SWEEPS, every(1))
schedule.keep_schedule(load_config("schedule"))
"""


def test_the_schedule_puts_its_jobs_into_the_queue(
    broker: Broker, migrated: str, tmp_path: Path
) -> None:
    queue = broker.queue()
    settings = {"DATABASE_URL": migrated, "SECRET_KEY": SECRET_KEY, "ALIVE_FOLDER": str(tmp_path)}
    schedule = subprocess.Popen(
        [sys.executable, "-c", EVERY_SECOND],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)} | queue.environment | settings,
    )
    try:
        eventually(lambda: queue.counts()[0] >= len(SWEEPS))
        assert (tmp_path / "schedule.alive").exists()
    finally:
        schedule.terminate()
        schedule.wait(30)


def documented_health_command() -> str:
    """The line of the document that an operator copies into the settings."""
    text = (ROOT / "docs/your-application.md").read_text()
    (command,) = re.findall(r"`(test -n .*worker\.alive.*)`", text)
    return str(command)


def test_the_documented_health_command_tells_a_working_worker_from_another(
    broker: Broker, start: Start, tmp_path: Path
) -> None:
    command = documented_health_command().replace("/tmp", str(tmp_path))

    def healthy() -> bool:
        return subprocess.run(["/bin/sh", "-c", command], check=False).returncode == 0

    assert not healthy(), "a worker that never began would pass for a healthy one"
    worker = start(broker.queue())
    assert healthy(), "the platform would replace a good worker"
    file = tmp_path / "worker.alive"
    old = time.time() - 180
    subprocess.run(["touch", "-d", f"@{old:.0f}", file], check=True)
    assert not healthy(), "a worker that hangs would never be replaced"
    assert worker.stop() == 0
    assert not file.exists()
