"""The worker with a real RabbitMQ: done once, tried again later, dead letters."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from app.jobs.figures import figures
from app.jobs.job import ATTEMPTS
from tests.app.broker import eventually
from tests.app.rabbit import RabbitServer
from tests.app.trial_worker import COUNT, FAIL, STUMBLE
from tests.app.trials import Put, Start, database, number_of, put, start

__all__ = ["database", "put", "start"]
pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitServer]:
    started = RabbitServer(tmp_path_factory.mktemp("rabbitmq"))
    yield started
    started.stop()


@pytest.fixture
def rabbit(server: RabbitServer) -> Iterator[RabbitServer]:
    """The server, whose queues are empty again after the test."""
    yield server
    for queue in ("worker", "worker-dead"):
        server.channel.queue_purge(queue)


def test_jobs_wait_for_a_worker_that_is_not_there_yet(
    rabbit: RabbitServer, start: Start, put: Put, database: psycopg.Connection
) -> None:
    for number in range(5):
        app = put(rabbit, COUNT, number, 0)
    assert rabbit.length("worker") == 5, "what is sent before the first worker would be lost"
    with app.app_context():
        assert figures().queue_depth == 5, "nobody would see that too few workers run"
    start(rabbit)
    eventually(lambda: number_of(database, "done") == 5)


def test_a_job_of_a_killed_worker_comes_back_and_is_done_once(
    rabbit: RabbitServer, start: Start, put: Put, database: psycopg.Connection
) -> None:
    worker = start(rabbit)
    put(rabbit, COUNT, 1, 3)
    eventually(lambda: number_of(database, "begun") == 1)
    worker.kill()
    start(rabbit)
    eventually(lambda: number_of(database, "done") == 1)
    assert number_of(database, "begun") == 2
    eventually(lambda: rabbit.counts() == (0, 0))


def test_a_job_is_tried_again_later_and_at_last_becomes_a_dead_letter(
    rabbit: RabbitServer, start: Start, put: Put, database: psycopg.Connection
) -> None:
    worker = start(rabbit)
    put(rabbit, STUMBLE, 1, 2)
    eventually(lambda: number_of(database, "begun") == 3)
    put(rabbit, STUMBLE, 2, 1000, key="stumbles")
    eventually(lambda: number_of(database, "failed_jobs") == 1)
    assert number_of(database, "begun") == 3 + ATTEMPTS
    put(rabbit, FAIL, 3)
    eventually(lambda: rabbit.length("worker-dead") == 2)
    assert rabbit.counts() == (0, 0), "it would be tried for ever"
    assert worker.stop() == 0
