"""Compare the application's own server with gunicorn, in one run: `make bench`."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

from bench.content import PAGES, make_content
from bench.load import Measured
from bench.servers import GTHREAD, OURS, ROOT, SYNC, running
from local.postgres import Postgres

WARM_UP_SECONDS = 1.5
Rounds = dict[tuple[str, str], list[Measured]]


def main() -> None:
    """Measure in alternating rounds, so that what else the machine does meets all alike."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured")
    parser.add_argument("--seconds", type=float, default=5, help="how long a round is")
    parser.add_argument("--threads", type=int, default=8, help="THREADS, and connections at once")
    given = parser.parse_args()
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{machine}; Postgres and the visitors on the same machine")
    print(f"{given.threads} threads, {given.threads} connections")
    rounds: Rounds = defaultdict(list)
    with database() as url:
        for number in range(given.rounds):
            print(f"round {number + 1} of {given.rounds} ...", flush=True)
            for server in (OURS, SYNC, GTHREAD):
                with running(server, url, given.threads) as port:
                    for page, path in PAGES.items():
                        visit(port, path, given.threads, WARM_UP_SECONDS)
                        measured = visit(port, path, given.threads, given.seconds)
                        rounds[page, server].append(measured)
    for line in report(rounds):
        print(line)


@contextmanager
def database() -> Iterator[str]:
    """A Postgres of its own with the schema and some polls; gives its address."""
    with Postgres.throwaway() as server:
        make_content(server.url)
        yield server.url


def visit(port: int, path: str, connections: int, seconds: float) -> Measured:
    """One round, by a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.load", str(port), path, str(connections), str(seconds)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return Measured(**json.loads(done.stdout))


def report(rounds: Rounds) -> Iterator[str]:
    """The medians of all rounds, and how many times the others' rate ours is."""
    yield f"\n{'':28}{'requests/s':>11}{'median ms':>11}{'p95 ms':>9}{'failed':>8}   ours is"
    for page in dict.fromkeys(page for page, _ in rounds):
        ours = middle(rounds[page, OURS])
        for server in (OURS, SYNC, GTHREAD):
            measured = rounds[page, server]
            rate = middle(measured)
            yield (
                f"{page:10}{server:18}{rate:11.0f}"
                f"{median(each.median_ms for each in measured):11.1f}"
                f"{median(each.p95_ms for each in measured):9.1f}"
                f"{sum(each.failed for each in measured):8}"
                + ("" if server == OURS else f"   {ours / rate:.2f} times as fast")
            )


def middle(measured: list[Measured]) -> float:
    """The median of the rates, requests a second."""
    return median(each.per_second for each in measured)


if __name__ == "__main__":
    main()
