"""What is shown again and again, kept for some seconds: in Redis (Valkey) or in this process.

A cache that is down or was restarted is empty, no more: a visitor never sees its faults.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

from flask import Flask, current_app

from app.config import Config

if TYPE_CHECKING:
    from flask_caching import Cache

EXTENSION = "app.cache"
MEMORY = "memory:"
PREFIX = "polls:"
# What the database does in milliseconds is not worth a longer wait.
SOCKET_SECONDS = 0.25
# After a fault nobody waits for the cache for so long.
PAUSE_SECONDS = 10
LOG_SECONDS = 60
# Longer than anything is kept: a stamp that is gone makes its copies useless, never wrong.
STAMP_SECONDS = 3600
# What JSON holds, and gives back as it was: no tuples, keys of dicts are text.
Plain = TypeVar("Plain", bound="dict[str, Any] | list[Any] | str | int | float | bool")
log = logging.getLogger(__name__)


def init_app(app: Flask, config: Config) -> None:
    """Note where the cache is; it is looked for when it is first used."""
    url = config.cache_url.get_secret_value() if config.cache_url else MEMORY
    app.extensions[EXTENSION] = Store(app, url)


def remember(key: str, seconds: int, make: Callable[[], Plain]) -> Plain:
    """What `make` gives, or gave within so many `seconds` if `forget(key)` was not called since."""
    store = _store()
    stamp, copy = store.read(key)
    if stamp and copy and copy[0] == stamp:
        kept: Plain = copy[1]
        return kept
    # The stamp comes before the work: a `forget` in the meantime changes it, and what was made
    # from data that were older than that is never given to anybody.
    stamp = stamp or store.begin(key)
    made = make()
    if stamp:
        store.write(key, stamp, made, seconds)
    return made


def forget(*keys: str) -> None:
    """Give nobody what was made before now; call it after the change is committed.

    Where the cache cannot be reached, what it holds lives on for the rest of its seconds.
    """
    _store().end(*keys)


class Store:
    """The cache behind `remember`: a stamp for each key, and copies that carry its value."""

    def __init__(self, app: Flask, url: str) -> None:
        self._app, self._url = app, url
        self._lock = Lock()
        self._cache: Cache | None = None
        self._paused_until = self._silent_until = 0.0

    def read(self, key: str) -> tuple[str | None, list[Any] | None]:
        """The stamp and the copy, in one question to the server."""
        found = self._try(lambda cache: cache.get_many(f"{key}:stamp", key))
        return tuple(found) if found else (None, None)

    def begin(self, key: str) -> str | None:
        """Give the key a stamp; None when the cache is down or somebody else just did."""
        stamp = uuid4().hex
        added = self._try(lambda cache: cache.add(f"{key}:stamp", stamp, timeout=STAMP_SECONDS))
        return stamp if added else None

    def write(self, key: str, stamp: str, value: Any, seconds: int) -> None:
        """Keep a copy that is good as long as the stamp stays."""
        self._try(lambda cache: cache.set(key, [stamp, value], timeout=seconds))

    def end(self, *keys: str) -> None:
        """Change the stamps."""
        stamps = {f"{key}:stamp": uuid4().hex for key in keys}
        self._try(lambda cache: cache.set_many(stamps, timeout=STAMP_SECONDS))

    def _try(self, ask: Callable[[Cache], Any]) -> Any:
        """The answer of the cache, None when there is none."""
        if time.monotonic() < self._paused_until:
            return None
        try:
            return ask(self._cache or self._connect())
        # Whatever it is, the page is made without.
        except Exception as error:
            self._pause(error)
            return None

    def _pause(self, error: Exception) -> None:
        now = time.monotonic()
        self._paused_until = now + PAUSE_SECONDS
        if now >= self._silent_until:
            self._silent_until = now + LOG_SECONDS
            # Only the kind: the text can hold the address.
            log.warning("The cache failed, pages are made without it: %s", type(error).__name__)

    def _connect(self) -> Cache:
        with self._lock:
            if self._cache is None:
                self._cache = make_cache(self._app, self._url)
            return self._cache


def make_cache(app: Flask, url: str) -> Cache:
    """Flask-Caching for this address; it connects at the first use."""
    # Imported at the first use, as is the client of Redis: `web` is ready the sooner.
    from cachelib.serializers import JSONSerializer
    from flask_caching import Cache

    class Json(JSONSerializer):
        """Text instead of pickle: who can write to the cache cannot run code here."""

        def loads(self, bvalue: Any, *args: Any, **kwargs: Any) -> Any:
            """The value, None where there is none."""
            return None if bvalue is None else super().loads(bvalue, *args, **kwargs)

    settings: dict[str, Any] = {"CACHE_KEY_PREFIX": PREFIX, "CACHE_SERIALIZER": Json()}
    if url.startswith(MEMORY):
        settings |= {"CACHE_TYPE": "SimpleCache"}
    else:
        settings |= {"CACHE_TYPE": "RedisCache", "CACHE_REDIS_URL": url, "CACHE_OPTIONS": _limits()}
    cache = Cache(with_jinja2_ext=False)
    cache.init_app(app, settings)
    return cache


def _limits() -> dict[str, Any]:
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    # Once more at once: a connection that was open when the server restarted fails the first time.
    return {
        "socket_timeout": SOCKET_SECONDS,
        "socket_connect_timeout": SOCKET_SECONDS,
        "retry": Retry(NoBackoff(), 1),
    }


def _store() -> Store:
    store: Store = current_app.extensions[EXTENSION]
    return store
