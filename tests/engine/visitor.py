"""A visitor of the emulated page: forms, cookies, and a stream of requests."""

import re
import threading
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import requests

PAUSE_SECONDS = 0.05
LEISURE_SECONDS = 0.1
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
COUNT = re.compile(r'class="count">(\d+) vote')
OPTION = re.compile(r'name="option" value="(\d+)" required> <span>([^<]*)</span>')


@dataclass
class Visitor:
    """Asks at 127.0.0.1 by the page's own name, as not every resolver knows `*.localhost`."""

    page: str
    session: requests.Session = field(default_factory=requests.Session)

    def get(self, path: str) -> requests.Response:
        """One page."""
        return self.session.get(self._url(path), headers=self._headers, timeout=30)

    def submit(self, page: str, action: str, fields: dict[str, str]) -> requests.Response:
        """Open a page, take its token, and send a form."""
        token = TOKEN.search(self.get(page).text)
        assert token, f"{page} holds no form"
        return self.session.post(
            self._url(action),
            data={"csrf_token": token[1], **fields},
            headers=self._headers,
            timeout=30,
            allow_redirects=False,
        )

    def register(self, email: str, password: str) -> None:
        """Make an account and be signed in; without mail the site does so at once."""
        fields = {"email": email, "name": "Ada", "password": password, "repeated": password}
        answer = self.submit("/register", "/register", fields)
        assert answer.status_code == 303, answer.text

    def open_poll(self, title: str, *labels: str) -> str:
        """Create a poll, for which one must be signed in; its path."""
        options = {f"options-{number}": label for number, label in enumerate(labels)}
        answer = self.submit("/polls/new", "/polls", {"title": title, **options})
        assert answer.status_code == 303, answer.text
        return urlsplit(answer.headers["Location"]).path

    def vote(self, poll: str, label: str) -> None:
        """Vote in a poll."""
        options = {text: value for value, text in OPTION.findall(self.get(poll).text)}
        answer = self.submit(poll, f"{poll}/votes", {"option": options[label]})
        assert answer.status_code == 303, answer.text

    def votes(self, poll: str) -> list[int]:
        """Votes by option."""
        return [int(count) for count in COUNT.findall(self.get(f"{poll}/results").text)]

    @property
    def _headers(self) -> dict[str, str]:
        return {"Host": urlsplit(self.page).netloc}

    def _url(self, path: str) -> str:
        return f"http://127.0.0.1:{urlsplit(self.page).port or 80}{path}"


class Crowd:
    """Visitors who ask at leisure until the end of the `with` block.

    Every other visitor keeps the connection open. `failed` has what was not a 200. They leave
    this machine its processors: an update among visitors in a hurry would take minutes longer.
    """

    def __init__(self, page: str, path: str, visitors: int = 4) -> None:
        self.answered = 0
        self.failed: list[str] = []
        self._pause_seconds = LEISURE_SECONDS
        self._page, self._path = page, path
        self._ended, self._lock = threading.Event(), threading.Lock()
        self._threads = [
            threading.Thread(target=self._ask, args=(number % 2 == 0,))
            for number in range(visitors)
        ]

    def __enter__(self) -> "Crowd":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def go_on_until(self, answered: int) -> None:
        """Let them ask on without a pause, at least so many times in all."""
        self._pause_seconds = 0.0
        while self.answered < answered:
            time.sleep(PAUSE_SECONDS)

    def take_failed(self) -> list[str]:
        """What has failed since this was last asked."""
        with self._lock:
            failed, self.failed = self.failed, []
        return failed

    def _ask(self, keep_open: bool) -> None:
        visitor = Visitor(self._page)
        while not self._ended.wait(self._pause_seconds):
            failed = ""
            try:
                answer = visitor.get(self._path)
                if answer.status_code != 200:
                    failed = f"{answer.status_code} {answer.text[:200]}"
            except requests.RequestException as error:
                failed = repr(error)
            if not keep_open:
                visitor.session.close()
            with self._lock:
                self.answered += 1
                self.failed += [failed] if failed else []
