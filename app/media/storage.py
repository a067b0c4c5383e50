"""The storage of uploaded files: a folder or an S3 bucket behind one interface."""

from __future__ import annotations

import os
import re
import secrets
import time
from dataclasses import replace
from hashlib import sha256
from typing import Protocol

from flask import Flask, current_app, url_for
from itsdangerous import Signer
from werkzeug.exceptions import ServiceUnavailable

from app.config import Config
from app.media.location import Folder, parse

# What can be stored and served; a file is given out as what its name says, never as anything else.
CONTENT_TYPES = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
NAME_BYTES = 16
KEY = re.compile(r"[0-9a-f]{32}(-small)?\.(jpg|png|webp)")
# All addresses that are made within this time are the same, so that browsers keep what they got;
# each is good for one to two of it, an hour at most.
WINDOW_SECONDS = 1800
RETRY_AFTER_SECONDS = 5
ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")


class StorageError(ServiceUnavailable, OSError):
    """The storage does not do what was asked: a request answers 503, a job is tried again."""

    def __init__(self, message: str) -> None:
        super().__init__(message, retry_after=RETRY_AFTER_SECONDS)


class NotStoredError(LookupError):
    """There is nothing under this key."""


class Store(Protocol):
    """A place for files. All methods raise StorageError when the place cannot be reached."""

    def save(self, key: str, data: bytes, content_type: str) -> None:
        """Keep the data; whoever reads gets all of it or what was there before."""

    def read(self, key: str) -> bytes:
        """The data; NotStoredError when there is none."""

    def delete(self, key: str) -> None:
        """Make sure that there is none."""

    def address(self, key: str, seconds: int) -> str | None:
        """Where a browser fetches it itself for that long; None: the application gives it out."""


class Storage:
    """The application's storage, as an extension: `storage.save(...)` within a request or job."""

    def init_app(self, app: Flask, config: Config) -> None:
        """Find the store that DEFAULT_STORAGE_DSN names; without one there are no uploads."""
        app.extensions["storage"] = make_store(config)

    @property
    def enabled(self) -> bool:
        """Whether pictures can be uploaded."""
        return current_app.extensions["storage"] is not None

    @property
    def store(self) -> Store:
        """The place itself; StorageError when there is none."""
        found: Store | None = current_app.extensions["storage"]
        if found is None:
            raise StorageError("DEFAULT_STORAGE_DSN is not set: there is no storage")
        return found

    def save(self, key: str, data: bytes, content_type: str) -> None:
        """Keep the data under a key that `new_key` made."""
        self.store.save(key, data, content_type)

    def read(self, key: str) -> bytes:
        """The data; NotStoredError when there is none."""
        return self.store.read(key)

    def delete(self, key: str) -> None:
        """Make sure that there is none."""
        self.store.delete(key)

    def url(self, key: str, *, external: bool = False) -> str:
        """The signed address of a file, good for at least WINDOW_SECONDS from now."""
        until = (int(time.time()) // WINDOW_SECONDS + 2) * WINDOW_SECONDS
        return url_for(
            "media.show",
            key=key,
            until=until,
            signature=_signer().get_signature(f"{key}:{until}").decode(),
            _external=external,
        )


storage = Storage()


def make_store(config: Config) -> Store | None:
    """The store that the settings name, if any; it connects at the first use."""
    if config.default_storage_dsn is None:
        return None
    location = parse(config.default_storage_dsn.get_secret_value())
    if isinstance(location, Folder):
        from app.media.folder import FolderStore

        return FolderStore(location.path)
    from app.media.bucket import BucketStore

    # boto3 reads these as well; they are looked at here because they change who gives files out.
    endpoint = location.endpoint or next(filter(None, map(os.environ.get, ENDPOINTS)), None)
    return BucketStore(replace(location, endpoint=endpoint))


def new_key(content_type: str) -> str:
    """A name that nobody can guess: 128 random bits, and what kind of file it is."""
    (ending,) = (end for end, known in CONTENT_TYPES.items() if known == content_type)
    return f"{secrets.token_hex(NAME_BYTES)}.{ending}"


def small_key(key: str) -> str:
    """The name of a picture's thumbnail; always the same, so that making it twice leaves one."""
    return f"{key.partition('.')[0]}-small.webp"


def content_type_of(key: str) -> str:
    """What a file is by its name."""
    return CONTENT_TYPES[key.rpartition(".")[2]]


def seconds_left(key: str, until: int, signature: str) -> int:
    """How long an address of `Storage.url` is still good; 0 when it is over or was made up."""
    if not KEY.fullmatch(key):
        return 0
    genuine = _signer().verify_signature(f"{key}:{until}", signature)
    return max(0, until - int(time.time())) if genuine else 0


def _signer() -> Signer:
    return Signer(current_app.config["SECRET_KEY"], salt="app.media", digest_method=sha256)
