"""What a person reads while the SDK asks AWS again by itself, which it may do for half a minute."""

from __future__ import annotations

from typing import Any

from release.progress import Say

# The SDK waits up to 1 s before its second attempt and up to 2 s before its third, then up to 4 s,
# 8 s and so on [AWS SDKs reference guide, "Retry behavior", standard mode].
_SILENT_ATTEMPTS = 3
_REFUSED_STATUS = 300


class Retries:
    """Says once why nothing happens; that AWS answers after all is no news."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._told = False

    def watch(self, client: Any) -> None:
        """Hear of each attempt of the client; of several that watch it, the first does."""
        client.meta.events.register_last("needs-retry", self._hear, unique_id=__name__)

    def _hear(
        self, attempts: int, response: Any, caught_exception: Exception | None, **_: Any
    ) -> None:
        why = _failure(response, caught_exception)
        if why and attempts >= _SILENT_ATTEMPTS and not self._told:
            self._told = True
            self._say(f"AWS does not answer now ({why}); asking again, for half a minute at most.")


def _failure(response: Any, caught: Exception | None) -> str:
    """Why an attempt was none, in a word; empty for an answer."""
    if caught is not None:
        return type(caught).__name__
    http, parsed = response
    if http.status_code < _REFUSED_STATUS:
        return ""
    return str(parsed.get("Error", {}).get("Code", "") or http.status_code)
