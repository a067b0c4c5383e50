"""The CLI comes from PATH, else from the pinned release, else two lines say what to do."""

import hashlib
import io
import re
import tarfile
from pathlib import Path

import pytest

from deploy import release
from deploy.problems import Missing
from deploy.pulumi_cli import obtain
from tests.deploy.conftest import StandIn, write_program

HERE = release.this_platform()


def without_pulumi(environ: dict[str, str], tmp_path: Path) -> dict[str, str]:
    return environ | {"PATH": str(tmp_path / "nothing")}


def publish(tmp_path: Path) -> tuple[str, dict[str, str]]:
    """A release in a folder: its address and checksums."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as tar:
        for name in ("pulumi", "pulumi-language-python", "pulumi-language-go"):
            tar.addfile(tarfile.TarInfo(f"pulumi/{name}"))
    site = tmp_path / "site"
    site.mkdir()
    (site / release.archive_name(HERE)).write_bytes(content.getvalue())
    return site.as_uri(), {HERE: hashlib.sha256(content.getvalue()).hexdigest()}


def test_the_cli_on_path_is_taken(environ: dict[str, str], pulumi: StandIn, root: Path) -> None:
    assert obtain(root, environ, print) == pulumi.program


@pytest.mark.parametrize("version", ["v3.199.1", "v2.0.0"])
def test_a_cli_older_than_what_was_tried_is_refused(
    environ: dict[str, str], pulumi: StandIn, root: Path, version: str
) -> None:
    pulumi.answers("version", version)
    found = obtain(root, environ, print)
    assert isinstance(found, Missing), "an old CLI would fail in the middle of an up"
    assert version in found.what
    assert "3.200.0 or newer" in found.what


def test_a_cli_that_does_not_start_is_named(
    environ: dict[str, str], pulumi: StandIn, root: Path
) -> None:
    pulumi.answers("version", err="bad CPU type", code=126)
    found = obtain(root, environ, print)
    assert isinstance(found, Missing)
    assert "does not run: bad CPU type" in found.what


def test_without_one_on_path_the_pinned_release_is_fetched_once(
    environ: dict[str, str], root: Path, tmp_path: Path
) -> None:
    site, sha256 = publish(tmp_path)
    lines: list[str] = []
    bare = without_pulumi(environ, tmp_path)
    first = obtain(root, bare, lines.append, site=site, sha256=sha256)
    again = obtain(root, bare, lines.append, site="http://127.0.0.1:9", sha256=sha256)
    assert first == again == root / ".pulumi-cli" / release.VERSION / "pulumi"
    assert len(lines) == 1, "what has been fetched is fetched again"
    names = sorted(path.name for path in first.parent.iterdir())
    assert names == ["pulumi", "pulumi-language-python"], "hosts of other languages take the disk"


def test_where_neither_can_be_had_two_lines_say_so(
    environ: dict[str, str], root: Path, tmp_path: Path
) -> None:
    found = obtain(root, without_pulumi(environ, tmp_path), print, site="http://127.0.0.1:9")
    assert isinstance(found, Missing)
    assert "not on PATH and could not be fetched" in found.what
    assert "https://www.pulumi.com/docs" in found.remedy
    assert "\n" not in found.what + found.remedy, "the message is two lines"
    assert not (root / ".pulumi-cli").exists(), "an empty folder stays behind"


def test_a_platform_without_a_pinned_release_is_told_to_install(
    environ: dict[str, str], root: Path, tmp_path: Path
) -> None:
    found = obtain(root, without_pulumi(environ, tmp_path), print, sha256={})
    assert isinstance(found, Missing)
    assert HERE in found.what


def test_a_wrong_checksum_ends_in_a_message(
    environ: dict[str, str], root: Path, tmp_path: Path
) -> None:
    site, _ = publish(tmp_path)
    found = obtain(
        root, without_pulumi(environ, tmp_path), print, site=site, sha256={HERE: "0" * 64}
    )
    assert isinstance(found, Missing)
    assert "it was not used" in found.what
    assert not (root / ".pulumi-cli" / release.VERSION).exists(), "an unverified CLI would be run"


def test_every_supported_platform_has_its_own_checksum() -> None:
    assert set(release.SHA256) == {"linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"}
    assert len(set(release.SHA256.values())) == 4, "two platforms would get one archive"
    assert all(re.fullmatch("[0-9a-f]{64}", value) for value in release.SHA256.values())


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("v3.200.0\n", (3, 200, 0)),
        ("3.261.0-alpha.1+x", (3, 261, 0)),
        ("command not found", ()),
        ("", ()),
    ],
)
def test_versions_are_compared_as_numbers(text: str, numbers: tuple[int, ...]) -> None:
    assert release.version_numbers(text) == numbers


def test_a_program_in_path_is_not_run_when_it_is_a_folder(
    environ: dict[str, str], root: Path, tmp_path: Path
) -> None:
    (tmp_path / "odd" / "pulumi").mkdir(parents=True)
    write_program(tmp_path / "odd2", "pulumi", "#!/bin/sh\necho v3.261.0\n")
    path = f"{tmp_path / 'odd'}:{tmp_path / 'odd2'}"
    assert obtain(root, environ | {"PATH": path}, print) == tmp_path / "odd2" / "pulumi"
