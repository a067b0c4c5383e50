"""Fixtures for tests with jobs of their own: their tables, their worker, and how to send one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask

from app.jobs.queue import send
from tests.app.broker import Destination, Worker
from tests.app.trial_worker import TABLES

MODULE = "tests.app.trial_worker"
Start = Callable[..., Worker]
Put = Callable[..., Flask]


@pytest.fixture
def database(app: Flask, migrated: str) -> Iterator[psycopg.Connection]:
    """The database of the test, with the tables of its jobs."""
    with psycopg.connect(migrated, autocommit=True) as connection:
        connection.execute(TABLES)
        yield connection
        connection.execute("DROP TABLE begun; DROP TABLE done")


@pytest.fixture
def start(tmp_path: Path, migrated: str, database: Any) -> Iterator[Start]:
    started: list[Worker] = []

    def begin(queue: Destination, **changes: str) -> Worker:
        started.append(Worker(tmp_path, migrated, queue, module=MODULE, **changes))
        return started[-1]

    yield begin
    for worker in started:
        worker.kill()


@pytest.fixture
def put(make_app: Callable[..., Flask], migrated: str, monkeypatch: pytest.MonkeyPatch) -> Put:
    """Put a job into a queue, as the application does it; returns the application."""
    apps: dict[str, Flask] = {}

    def put_into(queue: Destination, task: str, *arguments: Any, **options: Any) -> Flask:
        for name, value in queue.environment.items():
            monkeypatch.setenv(name, value)
        address = str(queue.environment)
        if address not in apps:
            names = ("broker_url", "queue_url_worker", "aws_region")
            settings = {name: queue.environment.get(name.upper()) for name in names}
            apps[address] = make_app(migrated, **settings)
        send(apps[address], task, arguments, **options)
        return apps[address]

    return put_into


def number_of(database: psycopg.Connection, table: str) -> int:
    """How many rows a table has."""
    return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # type: ignore[index]
