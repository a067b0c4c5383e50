"""The cache in a real Redis: shared, and of no consequence when it stops, hangs or starts anew."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from app import cache
from tests.app.browser import Browser
from tests.app.redis_server import RedisServer

pytestmark = pytest.mark.processes


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path)
    yield server
    server.stop()


@pytest.fixture
def app(app: Flask, make_app: Callable[..., Flask], migrated: str, server: RedisServer) -> Flask:
    """An application with an empty database and the server as its cache."""
    return make_app(migrated, cache_url=server.url)


@pytest.fixture
def other(app: Flask, make_app: Callable[..., Flask], migrated: str, server: RedisServer) -> Flask:
    """Another process of the same application."""
    return make_app(migrated, cache_url=server.url)


def test_all_processes_share_what_is_kept(app: Flask, other: Flask) -> None:
    with app.app_context():
        cache.remember("a", 60, lambda: {"votes": [1, 2]})
    with other.app_context():
        assert cache.remember("a", 60, lambda: {"votes": [0]}) == {"votes": [1, 2]}
        cache.forget("a")
    with app.app_context():
        assert cache.remember("a", 60, lambda: {"votes": [3]}) == {"votes": [3]}, (
            "a vote in one task would not be seen in another"
        )


def test_what_is_kept_is_text_with_an_end(app: Flask, server: RedisServer) -> None:
    with app.app_context():
        cache.remember("a", 60, lambda: ["x"])
    raw = server.client.get("polls:a")
    assert isinstance(raw, bytes)
    assert json.loads(raw)[1] == ["x"], "who can write to the cache could run code in the site"
    times = [server.client.ttl(key) for key in server.client.scan_iter("*")]
    assert len(times) == 2
    assert min(times) > 0, "the cache would fill up for ever"


def test_a_vote_is_seen_at_once_in_every_process(app: Flask, other: Flask) -> None:
    here, there = Browser(app), Browser(other)
    poll = here.open_poll()
    assert there.votes(poll) == [0, 0]
    here.vote(poll, "Tea")
    assert there.votes(poll) == [1, 0], "another task would show the result of before"
    assert "1 vote<" in there.get("/").text


def test_pages_stay_right_while_the_server_is_down_and_after_it_is_back(
    app: Flask, server: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "PAUSE_SECONDS", 0)
    first, second = Browser(app), Browser(app)
    poll = first.open_poll()
    assert first.votes(poll) == [0, 0]
    server.stop()
    assert first.vote(poll, "Tea").status_code == 303, "a vote would need the cache"
    assert second.votes(poll) == [1, 0], "without its cache the site would show nothing"
    anew = RedisServer(tmp_path, server.port)
    try:
        assert second.votes(poll) == [1, 0]
        second.vote(poll, "Coffee")
        assert first.votes(poll) == [1, 1]
        assert anew.client.dbsize(), "the cache would not be used again before a restart"
    finally:
        anew.stop()


def test_a_server_that_hangs_costs_one_page_a_moment_and_the_others_nothing(
    app: Flask, server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # More than a page takes, however busy the machine is.
    monkeypatch.setattr(cache, "SOCKET_SECONDS", 1.5)
    visitor = Browser(app)
    poll = visitor.open_poll()
    visitor.votes(poll)
    server._process.send_signal(signal.SIGSTOP)
    try:
        durations = []
        for _ in range(3):
            began = time.perf_counter()
            assert visitor.votes(poll) == [0, 0]
            durations.append(time.perf_counter() - began)
    finally:
        server._process.send_signal(signal.SIGCONT)
    # It is tried twice.
    assert durations[0] < 4 * cache.SOCKET_SECONDS, "a visitor would wait without end"
    assert max(durations[1:]) < cache.SOCKET_SECONDS, "every visitor would wait for the cache"
