"""Files in a folder, for development and for a volume that all tasks share."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

from app.media.storage import NotStoredError, StorageError

# One name, never a path: no slash, and no dot in front, which would be a way up.
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")


class FolderStore:
    """Keeps files side by side in one folder, which it makes at the first write."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, key: str, data: bytes, _content_type: str) -> None:
        """Write beside it and rename, so that nobody ever reads half a file."""
        path = self._path(key)
        with _faults(f"{self._folder} cannot be written to"):
            self._folder.mkdir(parents=True, exist_ok=True)
            unfinished = self._folder / f".{key}.{token_hex(4)}"
            try:
                with unfinished.open("xb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                unfinished.replace(path)
            except OSError:
                unfinished.unlink(missing_ok=True)
                raise

    def read(self, key: str) -> bytes:
        """The data; NotStoredError when there is none."""
        with _faults(f"{self._folder} cannot be read"):
            try:
                return self._path(key).read_bytes()
            except FileNotFoundError:
                raise NotStoredError(key) from None

    def delete(self, key: str) -> None:
        """Make sure that there is none."""
        with _faults(f"{self._folder} cannot be written to"):
            self._path(key).unlink(missing_ok=True)

    def address(self, _key: str, _seconds: int) -> None:
        """None: a folder serves nobody, the application does."""

    def _path(self, key: str) -> Path:
        if not NAME.fullmatch(key):
            raise ValueError(f"{key!r} is not the name of a file")
        return self._folder / key


@contextmanager
def _faults(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(f"The storage fails: {what}: {error.strerror}") from error
