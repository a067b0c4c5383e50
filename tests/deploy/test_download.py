"""The archive is used whole and verified, or not at all."""

import hashlib
import io
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from deploy.download import DownloadError, install


def archive(**programs: str) -> bytes:
    """A release as Pulumi packs it: everything in the folder `pulumi`."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as tar:
        for name, text in programs.items():
            member = tarfile.TarInfo(f"pulumi/{name}")
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
    return content.getvalue()


RELEASE = archive(pulumi="#!/bin/sh\necho v3.261.0\n", nodejs="x", python="y")


class Site(ThreadingHTTPServer):
    """A download site on this machine; `/broken` ends before it has sent what it announced."""

    requests = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self.server.requests += 1
        if self.path.startswith("/absent"):
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(RELEASE)))
        self.end_headers()
        whole = not self.path.startswith("/broken")
        self.wfile.write(RELEASE if whole else RELEASE[: len(RELEASE) // 2])

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass


@pytest.fixture
def site() -> Iterator[Site]:
    with Site(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def fetch(url: str, folder: Path, sha256: str = hashlib.sha256(RELEASE).hexdigest()) -> None:
    install(url, sha256, folder, wanted=lambda name: name != "nodejs", say=lambda _line: None)


def test_a_verified_archive_leaves_its_wanted_programs_ready_to_run(
    site: Site, tmp_path: Path
) -> None:
    fetch(f"{site.address}/release", tmp_path / "cli" / "3")
    found = sorted(path.name for path in (tmp_path / "cli" / "3").iterdir())
    assert found == ["pulumi", "python"], "the CLI would not find its language host"
    assert (tmp_path / "cli/3/pulumi").stat().st_mode & 0o111, "the CLI could not be started"


def test_an_archive_with_another_checksum_is_not_used(site: Site, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="it was not used"):
        fetch(f"{site.address}/release", tmp_path / "cli" / "3", "0" * 64)
    assert list((tmp_path / "cli").iterdir()) == [], "something unverified stays on the disk"


@pytest.mark.parametrize(("path", "said"), [("broken", "broke off after"), ("absent", "404")])
def test_a_transfer_that_does_not_come_to_its_end_leaves_nothing_behind(
    site: Site, tmp_path: Path, path: str, said: str
) -> None:
    with pytest.raises(DownloadError, match=said):
        fetch(f"{site.address}/{path}", tmp_path / "cli" / "3")
    assert list((tmp_path / "cli").iterdir()) == [], "the next run would take half for whole"


def test_a_machine_without_the_internet_is_told_which_address_it_needs(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match=r"http://127.0.0.1:9/release: .*refused"):
        fetch("http://127.0.0.1:9/release", tmp_path / "cli" / "3")


def test_another_run_that_was_quicker_is_no_error(site: Site, tmp_path: Path) -> None:
    fetch(f"{site.address}/release", tmp_path / "cli" / "3")
    fetch(f"{site.address}/release", tmp_path / "cli" / "3")
    assert (tmp_path / "cli/3/pulumi").exists(), "two `make up` at once end without a CLI"


def test_no_path_of_an_archive_leads_out_of_the_folder(tmp_path: Path) -> None:
    content = archive(**{"../../../escaped": "x", "pulumi": "y"})
    source = tmp_path / "release.tar.gz"
    source.write_bytes(content)
    install(
        source.as_uri(),
        hashlib.sha256(content).hexdigest(),
        tmp_path / "cli" / "3",
        wanted=lambda _name: True,
        say=lambda _line: None,
    )
    assert sorted(path.name for path in (tmp_path / "cli" / "3").iterdir()) == ["escaped", "pulumi"]
    assert not (tmp_path / "escaped").exists(), "an archive could overwrite any file"
