"""What leaves the process for Sentry and OpenTelemetry, as their servers receive it.

Both change libraries of the whole process, so the application runs in one of its own.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import brotli  # type: ignore[import-untyped]
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.app.conftest import SECRET_KEY

pytestmark = pytest.mark.processes

ROOT = Path(__file__).parents[2]
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PERSON = "ada@example.org"
UNPACK = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}
# What a visitor's request is full of; none of it may leave.
PERSONAL = (PERSON, "203.0.113.9", "Browser/1.0", "hidden", "session=")
PROGRAM = f"""
from flask import request
from sqlalchemy import text
from app import create_app
from app.config import load_config
from app.database import db
from app.observability.request_log import configure_logging

config = load_config()
configure_logging(config)
app = create_app(config)

@app.get("/broken/<word>")
def fail(word):
    person = request.args["email"]
    db.session.execute(text("SELECT CAST(:email AS integer)"), {{"email": person}})

@app.post("/form")
def form():
    raise RuntimeError("a fault without a person")

headers = {{
    "User-Agent": "Browser/1.0",
    "Cookie": "session=hidden",
    "X-Forwarded-For": "203.0.113.9",
    "traceparent": "00-{TRACE}-00f067aa0ba902b7-01",
}}
client = app.test_client()
client.get("/broken/hidden?email={PERSON}", headers=headers)
app.config["WTF_CSRF_ENABLED"] = False
client.post("/form?email={PERSON}", headers=headers, data={{"password": "hidden"}})
client.get("/livez")
if "tracing" in app.extensions:
    app.extensions["tracing"].force_flush()
if config.sentry_dsn:
    import sentry_sdk
    sentry_sdk.flush()
"""


class Collector:
    """A server that keeps what is sent to it."""

    def __init__(self) -> None:
        self.received: list[tuple[str, bytes]] = []
        received = self.received

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                unpack = UNPACK[self.headers.get("Content-Encoding")]
                received.append((self.path, unpack(body)))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server.server_port}"


@pytest.fixture
def collector() -> Iterator[Collector]:
    collector = Collector()
    thread = Thread(target=collector.server.serve_forever, daemon=True)
    thread.start()
    yield collector
    collector.server.shutdown()
    collector.server.server_close()
    thread.join()


def run(database_url: str, folder: Path, **settings: str) -> list[dict[str, Any]]:
    """Have two requests fail in a process of its own; its log."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=folder,
        env={
            "PYTHONPATH": str(ROOT),
            "DATABASE_URL": database_url,
            "SECRET_KEY": SECRET_KEY,
            "TRUSTED_PROXIES": "1",
            "APP_ENV": "trial",
            "RELEASE": "r1",
            **settings,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_sentry_gets_errors_without_persons(
    migrated: str, collector: Collector, tmp_path: Path
) -> None:
    run(migrated, tmp_path, SENTRY_DSN=f"http://key@{collector.address}/1")
    events = []
    for path, body in collector.received:
        assert path == "/api/1/envelope/"
        for word in PERSONAL:
            assert word.encode() not in body, f"{word} would be handed to others"
        events += [json.loads(line) for line in body.splitlines() if b'"exception"' in line]
    kinds = [event["exception"]["values"][-1]["type"] for event in events]
    assert kinds == ["DataError", "RuntimeError"], "a fault would go unreported"
    assert [event["transaction"] for event in events] == ["GET /broken/<word>", "POST /form"]
    assert all(event["tags"]["request_id"] for event in events), "the log could not be found"
    assert {event["environment"] for event in events} == {"trial"}
    assert {event["release"] for event in events} == {"r1"}
    frames = events[1]["exception"]["values"][-1]["stacktrace"]["frames"]
    assert frames[-1]["function"] == "form", "the place would be unknown"
    assert not any("vars" in frame for frame in frames)


def test_traces_tell_times_and_places_and_no_persons(
    migrated: str, collector: Collector, tmp_path: Path
) -> None:
    lines = run(
        migrated,
        tmp_path,
        OTEL_EXPORTER_OTLP_ENDPOINT=f"http://{collector.address}",
        OTEL_SERVICE_NAME="polls",
    )
    spans, about = [], set()
    for path, body in collector.received:
        assert path == "/v1/traces"
        for word in PERSONAL:
            assert word.encode() not in body, f"{word} would be handed to others"
        for group in ExportTraceServiceRequest.FromString(body).resource_spans:
            about |= {(one.key, one.value.string_value) for one in group.resource.attributes}
            spans += [span for scope in group.scope_spans for span in scope.spans]
    expected = {("service.name", "polls"), ("service.version", "r1")}
    assert expected | {("deployment.environment.name", "trial")} <= about
    names = {span.name for span in spans}
    assert {"GET /broken/<word>", "POST /form"} <= names
    assert not any("livez" in name for name in names), "the balancer's checks would drown the rest"
    statements = [one.value.string_value for span in spans for one in span.attributes]
    assert any("SELECT CAST(" in statement for statement in statements), "no statement is traced"
    assert {span.trace_id.hex() for span in spans} == {TRACE}, "the caller's trace would end here"
    logged = {line.get("otel_trace_id") for line in lines if line["logger"] == "app.request"}
    assert TRACE in logged, "log and trace could not be brought together"


def test_without_the_settings_nothing_is_imported_or_sent(
    migrated: str, collector: Collector, tmp_path: Path
) -> None:
    lines = run(migrated, tmp_path)
    assert any(line["level"] == "ERROR" for line in lines)
    assert PERSON not in json.dumps(lines), "the log would hold an address"
    assert not collector.received
