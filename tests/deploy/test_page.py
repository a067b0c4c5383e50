"""The page of an emulated stack is asked the way a browser on this machine would."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from deploy import page

ARN = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/emu-web-1/0a1b2c"


class Balancer(HTTPServer):
    """Answers what it is told, the last for ever."""

    statuses: list[int]
    host, retry_after = "", ""


class Handler(BaseHTTPRequestHandler):
    server: Balancer

    def do_GET(self) -> None:
        self.server.host = self.headers["Host"]
        statuses = self.server.statuses
        self.send_response(statuses.pop(0) if len(statuses) > 1 else statuses[0])
        self.send_header("Content-Length", "0")
        if self.server.retry_after:
            self.send_header("Retry-After", self.server.retry_after)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass


@pytest.fixture
def balancer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Balancer]:
    monkeypatch.setattr(page, "PAUSE", 0.01)
    with Balancer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_the_address_is_that_of_the_balancer_on_this_machine() -> None:
    found = page.address({"balancer_arn": ARN}, "http://127.0.0.1:4599")
    assert found == "http://emu-web-1.alb.localhost:4599/"


@pytest.mark.parametrize("outputs", [{}, {"balancer_arn": ""}, {"balancer_arn": "[secret]"}])
def test_without_a_balancer_there_is_no_address(outputs: dict[str, str]) -> None:
    assert page.address(outputs, "http://127.0.0.1:4566") == ""


def test_a_page_that_comes_late_is_waited_for(balancer: Balancer) -> None:
    balancer.statuses = [503, 503, 200]
    assert page.answers(f"http://emu.alb.localhost:{balancer.server_port}/", 10)
    assert balancer.host == f"emu.alb.localhost:{balancer.server_port}", "no balancer has it"


def test_a_page_that_never_comes_is_given_up(balancer: Balancer) -> None:
    balancer.statuses = [503]
    assert not page.answers(f"http://emu.alb.localhost:{balancer.server_port}/", 0.1)


def test_the_page_of_a_maintenance_is_an_answer(balancer: Balancer) -> None:
    balancer.statuses, balancer.retry_after = [503], "300"
    assert page.answers(f"http://emu.alb.localhost:{balancer.server_port}/", 0.1)


def test_a_port_where_nothing_listens_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "PAUSE", 0.01)
    assert not page.answers("http://emu.alb.localhost:9/", 0.05)
