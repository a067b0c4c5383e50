"""Wait until both halves of the emulated AWS answer."""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable

from emulated.problems import CloudError
from emulated.progress import Report
from emulated.settings import CloudSettings

PAUSE_SECONDS = 0.2
# A person who waits hears something at least this often.
NEWS_SECONDS = 5.0
QUESTION_TIMEOUT_SECONDS = 3.0


def health_urls(settings: CloudSettings) -> tuple[str, str]:
    """The addresses that answer 200 once the servers take calls."""
    return (
        f"{settings.endpoint_url}/_ministack/health",
        f"{settings.moto_url}/moto-api/data.json",
    )


def answers(url: str) -> bool:
    """True when the address answers 200."""
    try:
        with urllib.request.urlopen(url, timeout=QUESTION_TIMEOUT_SECONDS) as answer:  # noqa: S310 - our own http address
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError, http.client.HTTPException):
        return False


def is_healthy(settings: CloudSettings) -> bool:
    """True when both servers take calls."""
    return all(answers(url) for url in health_urls(settings))


def wait_until_healthy(
    settings: CloudSettings,
    *,
    ended: Callable[[], str],
    report: Report,
    healthy: Callable[[CloudSettings], bool] = is_healthy,
) -> float:
    """Wait for health; return the seconds it took.

    `ended` names a part that has ended by itself, empty while all run: then waiting has no point.
    CloudError when a part ended or the time is over.
    """
    began = news = time.monotonic()
    while not healthy(settings):
        now = time.monotonic()
        if gone := ended():
            raise CloudError(f"{gone} ended by itself while the cloud was starting.")
        if now - began > settings.start_timeout_seconds:
            raise CloudError(
                f"The cloud did not answer within {settings.start_timeout_seconds} s. "
                "On a slow machine allow more: EMULATED_START_TIMEOUT_SECONDS=300."
            )
        if now - news >= NEWS_SECONDS:
            news = now
            report(f"Waiting for the servers ({now - began:.0f} s) ...")
        time.sleep(PAUSE_SECONDS)
    return time.monotonic() - began
