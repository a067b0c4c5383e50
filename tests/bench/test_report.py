"""The benchmark's report is of medians, and says how many times as fast ours is."""

from __future__ import annotations

from bench.__main__ import report
from bench.load import Measured
from bench.servers import GTHREAD, OURS, SYNC, commands


def rates(*per_second: float) -> list[Measured]:
    return [Measured(100, 0, each, 1.0, 2.0) for each in per_second]


def test_the_report_compares_medians() -> None:
    rounds = {
        ("page", OURS): rates(10, 300, 310),
        ("page", SYNC): rates(100, 150, 900),
        ("page", GTHREAD): rates(600, 600, 600),
    }
    _, ours, sync, gthread = list(report(rounds))
    assert ours.split()[:3] == ["page", "ours", "300"]
    assert "150" in sync
    assert sync.endswith("2.00 times as fast")
    assert gthread.endswith("0.50 times as fast"), "what is slower must be said as well"


def test_each_server_has_one_process_and_the_same_threads() -> None:
    started = commands(threads=8, port=1)
    assert set(started) == {OURS, SYNC, GTHREAD}
    for name in (SYNC, GTHREAD):
        assert "--workers 1" in " ".join(started[name])
    assert "--threads 8" in " ".join(started[GTHREAD])
