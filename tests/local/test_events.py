"""When stopping is asked for, and when killing is."""

import os
import signal
import time
from collections.abc import Iterator

import pytest

from local import events as events_module
from local.events import Ended, Events, StopAsked, Stopped


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> Iterator[Events]:
    """Events that watch this process's signals, with a short wait between two Ctrl-C."""
    monkeypatch.setattr(events_module, "AGAIN_SECONDS", 0.05)
    before = {number: signal.getsignal(number) for number in events_module.SIGNALS}
    made = Events()
    made.watch_signals()
    yield made
    for number, handler in before.items():
        signal.signal(number, handler)


def test_ctrl_c_asks_to_stop_and_interrupts_slow_steps(events: Events) -> None:
    events.stop_if_asked()
    os.kill(os.getpid(), signal.SIGINT)
    assert events.get(1) == StopAsked("Ctrl-C")
    with pytest.raises(Stopped, match="Ctrl-C"):
        events.stop_if_asked()


def test_what_arrives_twice_by_itself_does_not_kill(events: Events) -> None:
    os.kill(os.getpid(), signal.SIGINT)
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.06)
    os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGHUP)
    events.ask_to_stop("`make up | tee log`: Ctrl-C ends tee too")
    assert events.get(1) == StopAsked("Ctrl-C")
    assert events.get(0.01) is None
    assert not events.kill_asked, "requests under way would be cut off by a single Ctrl-C"


def test_a_later_ctrl_c_kills(events: Events) -> None:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.06)
    os.kill(os.getpid(), signal.SIGINT)
    assert events.kill_asked, "what does not stop would be waited for in vain"


@pytest.mark.parametrize(
    ("code", "words"), [(3, "web ended with exit code 3"), (-9, "web was ended by SIGKILL")]
)
def test_the_end_of_a_process_is_told_in_words(code: int, words: str) -> None:
    assert str(Ended("web", code)) == words
