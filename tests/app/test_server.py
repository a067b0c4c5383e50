"""The real server in a process of its own, as the image starts it."""

from __future__ import annotations

import ctypes
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from http.cookies import SimpleCookie
from pathlib import Path
from threading import Thread
from urllib.parse import urlencode

import psycopg
import pytest
from flask import Flask

from app.deploy.steps import deploy
from local.ports import free_port
from tests.app.conftest import SECRET_KEY, MakeConfig
from tests.app.people import EMAIL, PASSWORD, make_user

pytestmark = pytest.mark.processes

ROOT = Path(__file__).parents[2]
START_SECONDS = 60.0


class Server:
    """`python -m app web` on a free port, with what it printed."""

    def __init__(
        self, folder: Path, database_url: str, *, wait: bool = True, **environment: str
    ) -> None:
        self.port = free_port()
        self.output = folder / f"output-{self.port}"
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "PORT": str(self.port),
            "DATABASE_URL": database_url,
            "SECRET_KEY": SECRET_KEY,
            "SESSION_COOKIE_SECURE": "false",
        } | environment
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app", "web"],
                cwd=folder,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self.cookies: dict[str, str] = {}
        if wait:
            self._wait()

    def _wait(self) -> None:
        begun = time.monotonic()
        while time.monotonic() < begun + START_SECONDS and self.process.poll() is None:
            with suppress(OSError, http.client.HTTPException):
                if self.request("GET", "/livez")[0] == 200:
                    self.start_seconds = time.monotonic() - begun
                    return
            time.sleep(0.05)
        raise AssertionError(f"the server did not start: {self.output.read_text()}")

    def request(self, method: str, path: str, **fields: str) -> tuple[int, str, str]:
        """Status, body and location; cookies are kept."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if fields:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, urlencode(fields) or None, headers)
            response = connection.getresponse()
            for header in response.headers.get_all("Set-Cookie") or []:
                for name, morsel in SimpleCookie(header).items():
                    self.cookies[name] = morsel.value
            return response.status, response.read().decode(), response.headers.get("Location", "")
        finally:
            connection.close()

    def submit(self, page: str, action: str, **fields: str) -> tuple[int, str, str]:
        token = re.findall(r'csrf_token" value="([^"]+)', self.request("GET", page)[1])[0]
        return self.request("POST", action, csrf_token=token, **fields)

    def stop(self) -> int:
        """Ask it to end as the platform does; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


Start = Callable[..., Server]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[Server] = []

    def begin(database_url: str, *, wait: bool = True, **environment: str) -> Server:
        server = Server(tmp_path, database_url, wait=wait, **environment)
        started.append(server)
        return server

    yield begin
    for server in started:
        with suppress(ProcessLookupError):
            server.process.kill()
        server.process.wait()


def test_a_vote_survives_a_restart_and_every_line_printed_is_json(
    start: Start,
    empty_database: str,
    make_config: MakeConfig,
    make_app: Callable[..., Flask],
) -> None:
    deploy(make_config(empty_database))
    make_user(make_app(empty_database))
    first = start(empty_database)
    assert first.submit("/sign-in", "/sign-in", email=EMAIL, password=PASSWORD)[0] == 303
    fields = {"title": "Tea or coffee?", "options-0": "Tea", "options-1": "Coffee"}
    status, body, poll = first.submit("/polls/new", "/polls", **fields)
    assert (status, poll) == (303, "/polls/1"), body
    option = re.findall(r'name="option" value="(\d+)"', first.request("GET", poll)[1])[1]
    assert first.submit(poll, f"{poll}/votes", option=option)[0] == 303
    assert first.stop() == 0
    lines = [json.loads(line) for line in first.output.read_text().splitlines()]
    assert {"app.request", "_granian"} <= {line["logger"] for line in lines}
    assert not [line for line in lines if line["level"] != "INFO"], "each start would warn"

    second = start(empty_database, LOG_FORMAT="text")
    second.cookies = first.cookies
    page = second.request("GET", poll)[1]
    assert re.findall(r">(\d+) votes?</td>", page) == ["0", "1"], "the vote would be lost"
    assert "your vote" in page, "the visitor could vote again after every deploy"
    assert second.stop() == 0
    assert "INFO    app.request: GET /polls/1 200" in second.output.read_text()


def test_a_request_in_flight_is_answered_before_the_server_ends(
    start: Start, migrated: str, app: Flask
) -> None:
    server = start(migrated)
    answers: list[int] = []
    # An open connection without a request, as the balancer keeps many, must not hold the end up.
    with (
        socket.create_connection(("127.0.0.1", server.port)) as idle,
        psycopg.connect(migrated) as other,
    ):
        idle.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert idle.recv(100).startswith(b"HTTP/1.1 200")
        other.execute("LOCK TABLE votes IN ACCESS EXCLUSIVE MODE")
        asking = Thread(target=lambda: answers.append(server.request("GET", "/?q=tea")[0]))
        asking.start()
        time.sleep(0.5)
        terminated = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        time.sleep(2.5)
        assert server.process.poll() is None, "the request would be cut off"
        other.rollback()
        asking.join()
        assert server.process.wait(60) == 0
    assert answers == [200], "each deploy would cost visitors errors"
    # 5 s, or more where the machine is so busy that a start alone takes longer.
    limit = max(5, server.start_seconds)
    assert time.monotonic() - terminated < limit, "deploys would take longer, or end in a kill"


def test_a_signal_that_another_thread_gets_ends_the_server(start: Start, migrated: str) -> None:
    server = start(migrated)
    threads = Path(f"/proc/{server.process.pid}/task")
    tgkill = getattr(ctypes.CDLL(None), "tgkill", None)
    if tgkill is None or not threads.exists():
        pytest.skip("this system does not let a thread be chosen")
    # Under load the kernel chooses so by itself, in one of some thirty stops.
    newest = max(int(each.name) for each in threads.iterdir())
    assert newest != server.process.pid
    assert tgkill(server.process.pid, newest, signal.SIGTERM) == 0
    assert server.process.wait(10) == 0, "the task would have to be killed at the end of its deploy"


def test_half_a_request_does_not_hold_the_end_up(start: Start, migrated: str) -> None:
    server = start(migrated)
    with socket.create_connection(("127.0.0.1", server.port)) as slow:
        slow.sendall(b"GET /livez HTTP/1.1\r\nHo")
        terminated = time.monotonic()
        assert server.stop() == 0
    limit = max(5, server.start_seconds)
    assert time.monotonic() - terminated < limit, "one slow client would end every deploy in a kill"


def ask_in_vain(server: Server) -> None:
    with suppress(OSError, http.client.HTTPException):
        server.request("GET", "/?q=tea")


def test_a_request_that_takes_longer_than_the_stop_timeout_is_cut_off_and_told(
    start: Start, migrated: str, app: Flask
) -> None:
    server = start(migrated, STOP_TIMEOUT="6")
    with psycopg.connect(migrated) as other:
        other.execute("LOCK TABLE votes IN ACCESS EXCLUSIVE MODE")
        asking = Thread(target=ask_in_vain, args=[server])
        asking.start()
        time.sleep(0.5)
        terminated = time.monotonic()
        assert server.stop() == 1, "the platform would believe that all were answered"
        assert time.monotonic() - terminated < 6, "the platform would have killed it"
        asking.join()
    assert "Stopped with 1 requests unanswered" in server.output.read_text()


def test_a_server_told_to_end_before_it_listens_ends_at_once(start: Start, migrated: str) -> None:
    server = start(migrated, wait=False)
    time.sleep(0.3)
    told = time.monotonic()
    assert server.stop() in {0, -signal.SIGTERM, 128 + signal.SIGTERM}
    assert time.monotonic() - told < 5, "a task stopped while it starts would wait to be killed"


def test_the_server_is_one_process(start: Start, migrated: str) -> None:
    process = start(migrated).process.pid
    children = Path(f"/proc/{process}/task/{process}/children")
    if not children.exists():
        pytest.skip("this system does not tell the children of a process")
    assert children.read_text() == "", "it would start, and take its memory, twice"


def test_an_idle_connection_is_kept_as_long_as_the_setting_says(
    start: Start, migrated: str
) -> None:
    server = start(migrated, KEEP_ALIVE="2")
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    with closing(connection):
        for pause in (0.0, 1.0):
            time.sleep(pause)
            connection.request("GET", "/livez")
            assert connection.getresponse().read() == b'{"status":"alive"}\n'
        idle = time.monotonic()
        assert connection.sock.recv(100) == b""
        kept = time.monotonic() - idle
    assert 1 < kept < 10, "the setting would not be what keeps connections open"


def test_a_port_in_use_is_told_without_a_stack_trace(tmp_path: Path, migrated: str) -> None:
    with socket.create_server(("0.0.0.0", 0)) as taken:  # noqa: S104
        done = subprocess.run(
            [sys.executable, "-m", "app", "web"],
            cwd=tmp_path,
            env={
                "PYTHONPATH": str(ROOT),
                "PORT": str(taken.getsockname()[1]),
                "DATABASE_URL": migrated,
                "SECRET_KEY": SECRET_KEY,
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert done.returncode == 1, "the platform would believe that it serves"
    assert "already in use" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
