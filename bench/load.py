"""Visitors: as many connections as asked, each with one request after the other.

A process of its own, so that it takes no part in the server's lock, with bare sockets: a client
library costs more than the request that it measures.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from dataclasses import asdict, dataclass, field
from statistics import median, quantiles
from threading import Thread

HOST = "127.0.0.1"
TIMEOUT_SECONDS = 30.0
RECEIVED_BYTES = 64 * 1024


@dataclass
class Visitor:
    """One connection, opened again whenever the server has closed it."""

    port: int
    path: str
    number: int
    until: float
    seconds: list[float] = field(default_factory=list)
    failed: int = 0

    def visit(self) -> None:
        """Ask until the time is over."""
        connection: socket.socket | None = None
        asked = 0
        while (begun := time.monotonic()) < self.until:
            asked += 1
            try:
                connection = connection or socket.create_connection(
                    (HOST, self.port), TIMEOUT_SECONDS
                )
                connection.sendall(self._request(asked))
                status, kept = answer(connection)
            except (OSError, ValueError):
                status, kept = 0, False
            if connection and not kept:
                connection.close()
                connection = None
            self.seconds.append(time.monotonic() - begun)
            self.failed += status != 200
        if connection:
            connection.close()

    def _request(self, asked: int) -> bytes:
        # Each from an address of its own: the limits on how often one may ask are not measured.
        address = f"10.{self.number}.{asked // 250 % 250}.{asked % 250}"
        return (
            f"GET {self.path} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: {address}\r\n\r\n"
        ).encode()


def answer(connection: socket.socket) -> tuple[int, bool]:
    """Read one answer: its status, and whether the connection stays open."""
    received = connection.recv(RECEIVED_BYTES)
    while b"\r\n\r\n" not in received:
        received += _more(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
    }
    missing = int(headers["content-length"]) - len(body)
    while missing > 0:
        missing -= len(_more(connection))
    return int(lines[0].split()[1]), headers.get("connection", "").lower() != "close"


def _more(connection: socket.socket) -> bytes:
    received = connection.recv(RECEIVED_BYTES)
    if not received:
        raise ConnectionError("closed in the middle of an answer")
    return received


@dataclass(frozen=True)
class Measured:
    """What came of one round; times in milliseconds."""

    requests: int
    failed: int
    per_second: float
    median_ms: float
    p95_ms: float


def measure(port: int, path: str, connections: int, seconds: float) -> Measured:
    """Visit `path` over so many connections at once for so long."""
    begun = time.monotonic()
    visitors = [Visitor(port, path, number, begun + seconds) for number in range(connections)]
    threads = [Thread(target=visitor.visit) for visitor in visitors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - begun
    times = [1000 * each for visitor in visitors for each in visitor.seconds]
    failed = sum(visitor.failed for visitor in visitors)
    answered = len(times) - failed
    p95 = quantiles(times, n=20)[-1]
    return Measured(len(times), failed, answered / took, median(times), p95)


if __name__ == "__main__":
    port, path, connections, seconds = sys.argv[1:]
    print(json.dumps(asdict(measure(int(port), path, int(connections), float(seconds)))))
