"""The visitors of the benchmark count what was answered, and nothing else."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest

from bench.load import answer, measure

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
CLOSED = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nConnection: close\r\n\r\nhello"
ILL = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"


def read(*parts: bytes) -> tuple[int, bool]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        for part in parts:
            theirs.sendall(part)
        theirs.shutdown(socket.SHUT_WR)
        return answer(ours)


@contextmanager
def server(told: bytes) -> Iterator[int]:
    """Answer each request with the same, and close where it says so."""

    def talk(connection: socket.socket) -> None:
        with connection:
            while connection.recv(10_000):
                connection.sendall(told)
                if b"close" in told:
                    break

    def accept() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            Thread(target=talk, args=[connection], daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        accepting = Thread(target=accept)
        accepting.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
    accepting.join()


def test_an_answer_is_read_to_its_end() -> None:
    assert read(OK) == (200, True)
    assert read(OK[:20], OK[20:45], OK[45:]) == (200, True)
    assert read(CLOSED) == (200, False)


def test_an_answer_that_breaks_off_is_none() -> None:
    with pytest.raises(ConnectionError):
        read(OK[:-1])


def test_answers_are_counted_over_connections_that_stay_and_that_do_not() -> None:
    for told in (OK, CLOSED):
        with server(told) as port:
            measured = measure(port, "/", connections=2, seconds=0.2)
        assert measured.failed == 0
        assert measured.requests > 2
        assert measured.per_second > 10


def test_errors_do_not_make_a_server_fast() -> None:
    with server(ILL) as port:
        measured = measure(port, "/", connections=2, seconds=0.2)
    assert measured.failed == measured.requests > 2
    assert measured.per_second == 0
