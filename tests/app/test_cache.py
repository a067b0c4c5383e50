"""What is kept for some seconds, here in the process's own memory."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from itertools import count

import pytest
from flask import Flask

from app import cache
from tests.app.conftest import MakeConfig

DATABASE = "postgresql://app:it@127.0.0.1:1/polls"


@pytest.fixture
def kept(make_config: MakeConfig) -> Iterator[Flask]:
    """An application with a cache and nothing else."""
    app = Flask("kept")
    cache.init_app(app, make_config(DATABASE))
    with app.app_context():
        yield app


def test_what_was_made_is_not_made_again_within_its_seconds(kept: Flask) -> None:
    numbers = count(1)
    made = [cache.remember("a", 10, lambda: next(numbers)) for _ in range(3)]
    assert made == [1, 1, 1], "the cache would save nobody any work"
    assert cache.remember("b", 10, lambda: next(numbers)) == 2, "keys would be mixed up"


def test_what_was_forgotten_is_made_anew(kept: Flask) -> None:
    cache.remember("a", 10, lambda: "old")
    cache.remember("b", 10, lambda: "old")
    cache.forget("a", "b")
    assert cache.remember("a", 10, lambda: "new") == "new", "a vote would not be seen"
    assert cache.remember("b", 10, lambda: "new") == "new"


def test_what_was_made_from_older_data_than_the_change_is_given_to_nobody(kept: Flask) -> None:
    def slow() -> str:
        # Meanwhile somebody votes: what is being made here counts without that vote.
        cache.forget("a")
        return "without the vote"

    assert cache.remember("a", 10, slow) == "without the vote"
    assert cache.remember("a", 10, lambda: "with the vote") == "with the vote", (
        "a result without the last vote would stay for seconds"
    )


def test_a_cache_that_fails_is_left_alone_for_a_while(
    kept: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked = []

    def fail(_store: cache.Store) -> None:
        asked.append("again")
        raise ConnectionError("redis://:secret@cache.example.org")

    monkeypatch.setattr(cache.Store, "_connect", fail)
    with caplog.at_level(logging.WARNING):
        for number in range(3):
            assert cache.remember("a", 10, lambda value=number: value) == number  # type: ignore[misc]
        cache.forget("a")
    assert len(asked) == 1, "each page would wait for a cache that is down"
    assert [record.getMessage() for record in caplog.records] == [
        "The cache failed, pages are made without it: ConnectionError"
    ], "the log would hold the password of the cache"


def test_a_cache_that_keeps_failing_is_named_once_a_minute(
    kept: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(cache, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(cache.Store, "_connect", lambda _store: 1 / 0)
    for _ in range(3):
        cache.forget("a")
    assert len(caplog.records) == 1, "the log would be flooded"


def test_a_cache_that_failed_is_asked_again_after_a_while(
    kept: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "PAUSE_SECONDS", 0)
    with monkeypatch.context() as patch:
        patch.setattr(cache.Store, "_connect", lambda _store: 1 / 0)
        cache.remember("a", 10, lambda: 1)
    cache.remember("a", 10, lambda: 2)
    assert cache.remember("a", 10, lambda: 3) == 2, "only a restart would bring the cache back"
