"""The server counts what it has not answered yet: a stop waits for that and for nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import pytest
from werkzeug.test import create_environ, run_wsgi_app

from app.server import RequestsAtWork

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def test_a_request_is_at_work_until_its_answer_is_whole() -> None:
    seen: list[int] = []

    def application(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        start("200 OK", [])

        def parts() -> Iterator[bytes]:
            for part in (b"one", b"two"):
                seen.append(requests.at_work)
                yield part

        return parts()

    requests = RequestsAtWork(application)
    body, status, _ = run_wsgi_app(requests, create_environ(), buffered=True)
    assert (status, b"".join(body)) == ("200 OK", b"onetwo")
    assert seen == [1, 1], "a download would be cut off by a deploy"
    assert requests.at_work == 0, "every stop would wait until the time is over"


def test_a_request_that_fails_is_not_at_work_any_more() -> None:
    def application(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        raise RuntimeError("out of luck")

    requests = RequestsAtWork(application)
    with pytest.raises(RuntimeError):
        requests(create_environ(), lambda *_: lambda _: None)
    assert requests.at_work == 0, "every stop would wait until the time is over"
