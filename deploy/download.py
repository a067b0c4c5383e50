"""Fetches a release archive, verifies it, and puts its programs in place in one step."""

import hashlib
import shutil
import tarfile
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path, PurePosixPath

Say = Callable[[str], None]

CHUNK_BYTES = 1 << 20
CONNECT_SECONDS = 20
# Seconds between two lines about how far the download is.
PROGRESS_SECONDS = 2.0


class DownloadError(Exception):
    """The archive could not be had, or is not the one that was pinned."""


def install(
    url: str, sha256: str, folder: Path, *, wanted: Callable[[str], bool], say: Say
) -> None:
    """Put the wanted programs of an archive into `folder`, all of them or none.

    Raises DownloadError when the address does not answer, the transfer breaks off, or the
    checksum is another one; `folder` is then as it was before.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".unfinished-") as scratch:
        archive = Path(scratch, "archive")
        try:
            found = _fetch(url, archive, say)
        except (OSError, HTTPException) as error:
            raise DownloadError(f"{url}: {_reason(error)}") from error
        if found != sha256:
            raise DownloadError(
                f"{url} has the SHA-256 {found}, but {sha256} is expected: it was not used"
            )
        programs = Path(scratch, "programs")
        _unpack(archive, programs, wanted)
        _put_in_place(programs, folder)


def _reason(error: Exception) -> object:
    """The cause that urllib has wrapped; a refusal by the site says its number itself."""
    if isinstance(error, urllib.error.URLError) and not isinstance(error, urllib.error.HTTPError):
        return error.reason
    return error


def _fetch(url: str, archive: Path, say: Say) -> str:
    """Write the archive; its SHA-256."""
    digest = hashlib.sha256()
    with (
        urllib.request.urlopen(url, timeout=CONNECT_SECONDS) as answer,  # noqa: S310 - pinned https
        archive.open("wb") as file,
    ):
        total = int(answer.headers.get("Content-Length") or 0)
        done, last = 0, time.monotonic()
        while chunk := answer.read(CHUNK_BYTES):
            file.write(chunk)
            digest.update(chunk)
            done += len(chunk)
            if time.monotonic() - last > PROGRESS_SECONDS:
                last = time.monotonic()
                say(f"  {done >> 20} of {total >> 20} MiB")
    if total and done != total:
        raise OSError(f"the connection broke off after {done} of {total} bytes")
    return digest.hexdigest()


def _unpack(archive: Path, programs: Path, wanted: Callable[[str], bool]) -> None:
    """Copy out plain files only, by their last name: no path of the archive is followed."""
    programs.mkdir()
    with tarfile.open(archive, "r:gz") as tar:
        for member in tar:
            name = PurePosixPath(member.name).name
            if not (member.isfile() and wanted(name)):
                continue
            source = tar.extractfile(member)
            if source is None:
                continue
            with source, (programs / name).open("wb") as file:
                shutil.copyfileobj(source, file)
            (programs / name).chmod(0o755)


def _put_in_place(programs: Path, folder: Path) -> None:
    try:
        programs.replace(folder)
    except OSError:
        # Another `up` has put the same verified files there in the meantime.
        if not folder.is_dir():
            raise
