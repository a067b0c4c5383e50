"""Who waits hears of it every few seconds, and not more often."""

from release.progress import HEARTBEAT_SECONDS, Heartbeat
from tests.release.fake_clock import FakeClock


def test_a_heartbeat_comes_only_after_a_silence() -> None:
    clock, said = FakeClock(), list[str]()
    heartbeat = Heartbeat(said.append, clock)
    for _ in range(12):
        clock.sleep(HEARTBEAT_SECONDS / 5)
        heartbeat.beat("waiting")
    assert said == ["waiting (10 s)", "waiting (20 s)"]


def test_news_put_the_heartbeat_off() -> None:
    clock, said = FakeClock(), list[str]()
    heartbeat = Heartbeat(said.append, clock)
    clock.sleep(HEARTBEAT_SECONDS - 1)
    heartbeat.say("news")
    clock.sleep(HEARTBEAT_SECONDS - 1)
    heartbeat.beat("waiting")
    assert said == ["news"]
