"""Jobs that fail, die or hang, in the real worker with a real SQS server and a real database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from app.jobs import failed
from app.jobs.job import ATTEMPTS
from app.jobs.queue import enqueue
from tests.app.broker import Broker, eventually
from tests.app.conftest import SECRET_KEY
from tests.app.trial_worker import COUNT, DIE, FAIL, HANG, IGNORE, STUMBLE
from tests.app.trials import Put, Start, database, number_of, put, start

__all__ = ["database", "put", "start"]

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    started = Broker()
    yield started
    started.stop()


def begun(database: psycopg.Connection) -> int:
    return number_of(database, "begun")


def failures(database: psycopg.Connection) -> list[tuple[Any, ...]]:
    query = "SELECT job_id, task, arguments, error, attempts FROM failed_jobs"
    return database.execute(query).fetchall()


def test_a_job_that_fails_for_a_passing_reason_is_done_again_until_it_succeeds(
    broker: Broker, start: Start, put: Put, database: psycopg.Connection
) -> None:
    queue = broker.queue(visibility_seconds=600)
    worker = start(queue)
    put(queue, STUMBLE, 1, 3, key="stumbles", request_id="request-1")
    eventually(lambda: begun(database) == 4)
    eventually(lambda: queue.counts() == (0, 0))
    printed = [json.loads(line) for line in worker.output.read_text().splitlines() if line]
    told = [line for line in printed if line["logger"] == "app.jobs.job"]
    assert {(line["job_id"], line["request_id"]) for line in told} == {("stumbles", "request-1")}, (
        "nobody could follow a request into the worker's log"
    )
    assert len(told) == 3
    assert failures(database) == [], "an administrator would look for what is done"


def test_a_job_that_never_succeeds_is_tried_a_limited_number_of_times_and_noted(
    broker: Broker, start: Start, put: Put, database: psycopg.Connection
) -> None:
    queue = broker.queue(visibility_seconds=600)
    worker = start(queue)
    put(queue, STUMBLE, 1, 1000, key="stumbles")
    eventually(lambda: len(failures(database)) == 1)
    assert failures(database) == [
        ("stumbles", STUMBLE, "[1, 1000]", "ConnectionError: the other side is away", ATTEMPTS)
    ]
    assert begun(database) == ATTEMPTS, "a fault would keep a worker busy for ever"
    assert sum(queue.counts()) == 1, "no dead letter would tell of it"
    assert worker.stop() == 0, "one bad job would stop all the others"


def test_a_mistake_is_not_repeated_and_becomes_a_dead_letter(
    broker: Broker, start: Start, put: Put, database: psycopg.Connection
) -> None:
    queue = broker.queue(visibility_seconds=1, max_receives=2)
    start(queue)
    put(queue, FAIL, 7, key="seventh")
    eventually(lambda: queue.dead() == 1)
    assert failures(database) == [("seventh", FAIL, "[7]", "ValueError: number 7 is wrong", 1)]
    assert begun(database) == 2, "what cannot succeed would be done more often than SQS asks for"


def test_a_job_that_web_wants_reaches_the_queue(
    broker: Broker, put: Put, database: psycopg.Connection
) -> None:
    queue = broker.queue()
    app = put(queue, COUNT, 1)
    assert app.config["PROCESS"] == "web"
    with app.app_context():
        assert enqueue(COUNT, 2)
    eventually(lambda: queue.counts() == (2, 0))


def test_an_administrator_has_a_failed_job_done_again(
    broker: Broker, start: Start, put: Put, database: psycopg.Connection
) -> None:
    queue = broker.queue(visibility_seconds=600)
    start(queue)
    app = put(queue, STUMBLE, 1, ATTEMPTS, key="stumbles")
    eventually(lambda: len(failures(database)) == 1)
    (number,) = database.execute("SELECT id FROM failed_jobs").fetchone() or (0,)
    with app.app_context():
        assert failed.retry(number)
    eventually(lambda: failures(database) == [])
    assert begun(database) == ATTEMPTS + 1, "what is done would still look like a failure"


def test_a_job_that_kills_its_process_is_tried_again_and_then_noted(
    broker: Broker, start: Start, put: Put, database: psycopg.Connection
) -> None:
    queue = broker.queue(visibility_seconds=600)
    worker = start(queue)
    put(queue, DIE, 1, 1, key="dies once")
    eventually(lambda: begun(database) == 2)
    eventually(lambda: queue.counts() == (0, 0))
    put(queue, DIE, 2, 1000, key="dies")
    eventually(lambda: len(failures(database)) == 1)
    ((job_id, _, _, error, _),) = failures(database)
    assert job_id == "dies"
    assert error.startswith("WorkerLostError: "), "nobody would learn what happened"
    assert begun(database) == 2 + ATTEMPTS, "it would take process after process for ever"
    put(queue, COUNT, 3)
    eventually(lambda: begun(database) == 3 + ATTEMPTS)
    assert worker.process.poll() is None, "one bad job would end the worker"


def test_a_job_over_its_limit_is_interrupted_and_tried_again(
    broker: Broker, start: Start, put: Put, database: psycopg.Connection
) -> None:
    queue = broker.queue(visibility_seconds=600)
    worker = start(queue, JOB_LIMIT_SECONDS_WORKER="1")
    put(queue, HANG, 1)
    eventually(lambda: begun(database) == 2)
    assert "Hard time limit" not in worker.output.read_text(), "each would cost a process"


def test_a_job_that_cannot_be_interrupted_is_ended_with_its_process(
    broker: Broker, start: Start, put: Put, database: psycopg.Connection
) -> None:
    queue = broker.queue(visibility_seconds=600)
    worker = start(queue, JOB_LIMIT_SECONDS_WORKER="1")
    put(queue, IGNORE, 1, key="ignores")
    worker.wait_for("Hard time limit (2s) exceeded")
    eventually(lambda: len(failures(database)) == 1)
    assert failures(database)[0][3].startswith("TimeLimitExceeded"), "nobody would hear of it"
    assert sum(queue.counts()) == 1, "a job that was too slow once would be lost"


def test_a_visibility_timeout_below_the_limit_is_told_at_the_start(
    broker: Broker, start: Start
) -> None:
    short = start(broker.queue(visibility_seconds=20), JOB_LIMIT_SECONDS_WORKER="30")
    warnings = [
        line["message"]
        for line in map(json.loads, filter(None, short.output.read_text().splitlines()))
        if line["level"] == "WARNING"
    ]
    assert warnings == [
        "The queue gives a job to another worker after 20 s, but it may take 31 s. Raise the "
        "queue's visibility timeout, or lower JOB_LIMIT_SECONDS_WORKER."
    ], "long jobs would be done twice, and nobody would know why"
    assert SECRET_KEY not in short.output.read_text()


def test_a_visibility_timeout_that_is_long_enough_is_no_news(broker: Broker, start: Start) -> None:
    enough = start(broker.queue(visibility_seconds=32), JOB_LIMIT_SECONDS_WORKER="30")
    assert "WARNING" not in enough.output.read_text()
