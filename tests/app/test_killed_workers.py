"""Workers that are killed while they are at many jobs: every job is done, and none twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from app.jobs.figures import figures
from tests.app.broker import Broker, Destination, eventually
from tests.app.redis_server import RedisServer
from tests.app.trial_worker import COUNT
from tests.app.trials import Put, Start, database, number_of, put, start

__all__ = ["database", "put", "start"]
pytestmark = pytest.mark.processes

JOBS = 500
INTERRUPTED = 50
AT_ONCE = 10
JOB_SECONDS = 0.2


@pytest.fixture
def sqs() -> Iterator[Destination]:
    started = Broker()
    yield started.queue(visibility_seconds=8, max_receives=100)
    started.stop()


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Destination]:
    started = RedisServer(tmp_path)
    yield started
    started.stop()


@pytest.mark.parametrize("name", ["sqs", pytest.param("redis", marks=pytest.mark.long)])
def test_of_500_jobs_each_is_done_once_although_50_are_killed_in_their_middle(
    name: str,
    request: pytest.FixtureRequest,
    start: Start,
    put: Put,
    database: psycopg.Connection,
) -> None:
    queue: Destination = request.getfixturevalue(name)
    for number in range(JOBS):
        app = put(queue, COUNT, number, JOB_SECONDS)
    with app.app_context():
        assert figures().queue_depth == JOBS, "nobody would see that too few workers run"
    settings = {"THREADS": str(AT_ONCE), "JOB_LIMIT_SECONDS_WORKER": "5"}
    interrupted = 0
    while interrupted < INTERRUPTED:
        before = number_of(database, "begun")
        worker = start(queue, TRIAL_MARGIN_SECONDS="3", **settings)
        eventually(lambda: number_of(database, "begun") >= before + 2 * AT_ONCE)  # noqa: B023
        worker.kill()
        # What the killed processes did is taken back when the database misses them.
        eventually(lambda: connections(database) == 0)
        interrupted = number_of(database, "begun") - number_of(database, "done")
    assert number_of(database, "done") < JOBS, "they were not killed in the middle"
    start(queue, TRIAL_MARGIN_SECONDS="3", **settings)
    eventually(lambda: number_of(database, "done") >= JOBS, seconds=240)
    eventually(lambda: queue.counts() == (0, 0))
    distinct = database.execute("SELECT count(DISTINCT number), count(*) FROM done").fetchone()
    assert distinct == (JOBS, JOBS), "a job was lost, or done twice"
    assert number_of(database, "begun") >= JOBS + INTERRUPTED
    assert number_of(database, "failed_jobs") == 0


def connections(database: psycopg.Connection) -> int:
    query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'app-worker'"
    return int(database.execute(query).fetchone()[0])  # type: ignore[index]
