"""Watches for the first answer of the web process."""

import http.client
import threading
import time

from local.events import Answer, Events
from local.ports import HOST

PATH = "/livez"
FIRST_WORD_SECONDS = 3.0


def answers(port: int) -> bool:
    """Tell whether /livez gives a success; any failure to connect counts as no."""
    # http.client, unlike urllib, never goes through a proxy named in the environment.
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", PATH)
        return 200 <= connection.getresponse().status < 300
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


class Watch:
    """A thread that asks until there is an answer, and reports now and then that there is none."""

    def __init__(self, port: int, events: Events) -> None:
        self._over = threading.Event()
        threading.Thread(target=self._ask, args=(port, events), daemon=True).start()

    def stop(self) -> None:
        """Ask no more."""
        self._over.set()

    def _ask(self, port: int, events: Events) -> None:
        started = time.monotonic()
        next_word = FIRST_WORD_SECONDS
        while not self._over.wait(0.1):
            ready = answers(port)
            seconds = time.monotonic() - started
            if ready or seconds > next_word:
                next_word = seconds * 2
                events.put(Answer(ready, seconds))
            if ready:
                return
