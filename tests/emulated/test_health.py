"""Waiting for the servers: news while it lasts, an end when it is pointless."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from emulated import health
from emulated.problems import CloudError
from emulated.settings import CloudSettings


class Healthy(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if "health" in self.path or "moto-api" in self.path else 404)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its base's name
        """Quiet."""


@pytest.fixture
def port() -> Iterator[int]:
    with http.server.HTTPServer(("127.0.0.1", 0), Healthy) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_both_halves_must_answer(settings: CloudSettings, port: int) -> None:
    assert health.is_healthy(replace(settings, aws_port=port, moto_port=port))
    assert not health.is_healthy(replace(settings, aws_port=port, moto_port=1)), (
        "half a cloud is none"
    )


def test_waiting_ends_with_the_answer(settings: CloudSettings) -> None:
    answers = iter([False, False, True])
    seconds = health.wait_until_healthy(
        settings, ended=lambda: "", report=lambda _: None, healthy=lambda _: next(answers)
    )
    assert seconds >= 2 * health.PAUSE_SECONDS


def test_a_server_that_ended_ends_the_waiting(settings: CloudSettings) -> None:
    with pytest.raises(CloudError, match="The server aws ended by itself"):
        health.wait_until_healthy(
            settings, ended=lambda: "The server aws", report=lambda _: None, healthy=lambda _: False
        )


def test_the_end_of_the_time_says_how_to_allow_more(
    settings: CloudSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "NEWS_SECONDS", 0.0)
    news: list[str] = []
    with pytest.raises(CloudError, match="EMULATED_START_TIMEOUT_SECONDS"):
        health.wait_until_healthy(
            replace(settings, start_timeout_seconds=0),
            ended=lambda: "",
            report=news.append,
            healthy=lambda _: False,
        )
