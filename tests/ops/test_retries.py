"""While the SDK asks AWS again by itself, a person is told why nothing happens."""

import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import boto3
import pytest
from botocore.exceptions import ClientError

from ops.clients import OpsClients
from release.clients import Access
from tests.ops.calls import Session, _make

THROTTLED = json.dumps({"__type": "ThrottlingException", "message": "Rate exceeded"}).encode()


class Aws(ThreadingHTTPServer):
    """An AWS that refuses the first requests, and counts them all."""

    def __init__(self, refusals: int) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.refusals, self.asked = refusals, 0

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class Answers(BaseHTTPRequestHandler):
    server: Aws

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked += 1
        refused = self.server.asked <= self.server.refusals
        body = THROTTLED if refused else b'{"clusterArns": []}'
        self.send_response(400 if refused else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def aws(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    # A client of its own, and no waiting.
    monkeypatch.setattr(Session, "client", _make)
    monkeypatch.setattr(boto3, "Session", Session)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    server = Aws(request.param)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def clients_of(aws: Aws, said: list[str]) -> OpsClients:
    endpoints = {"default": aws.address}
    return OpsClients(Access(region="us-east-1", account_id="1", endpoints=endpoints), said.append)


@pytest.mark.parametrize("aws", [0, 2], indirect=True)
def test_a_short_wait_is_no_news(aws: Aws) -> None:
    said: list[str] = []
    clients_of(aws, said).ecs.list_clusters()
    assert aws.asked == aws.refusals + 1, "nothing was asked again: the test shows nothing"
    assert said == []


@pytest.mark.parametrize("aws", [5], indirect=True)
def test_a_longer_one_is_told_once_with_its_reason(aws: Aws) -> None:
    said: list[str] = []
    clients_of(aws, said).ecs.list_clusters()
    assert aws.asked == 6
    assert len(said) == 1, "the same again and again"
    assert "ThrottlingException" in said[0]
    assert "half a minute" in said[0]


@pytest.mark.parametrize("aws", [100], indirect=True)
def test_it_ends_as_a_refusal_that_a_verb_explains(aws: Aws) -> None:
    said: list[str] = []
    with pytest.raises(ClientError):
        clients_of(aws, said).ecs.list_clusters()
    assert len(said) == 1
