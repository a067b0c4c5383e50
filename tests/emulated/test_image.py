"""The image of the servers: one build for each content."""

from __future__ import annotations

import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from emulated.image import (
    REPOSITORY,
    build_context,
    ensure_image,
    image_files,
    image_tag,
    remove_images,
)
from emulated.problems import CloudError
from emulated.settings import CloudSettings
from tests.emulated.fake_engine import FakeClient, engine_with


def test_the_image_is_made_of_the_server_its_requirements_and_the_gate() -> None:
    files = image_files()
    assert "emulated/server/__main__.py" in files
    assert "emulated/credentials_gate.py" in files
    assert b"--hash=sha256:" in files["requirements.txt"], "packages would not be verified"


def test_equal_content_gives_the_same_tag_and_any_change_another() -> None:
    files = {"a": b"1", "b": b"2"}
    assert image_tag(files) == image_tag(dict(reversed(files.items())))
    others = [{"a": b"12", "b": b""}, {"a": b"1"}, {"a": b"1", "c": b"2"}, {"a": b"1", "b": b"3"}]
    assert image_tag(files) not in [image_tag(o) for o in others], "an old server would be started"


def test_the_build_context_does_not_depend_on_the_day() -> None:
    files = {"a": b"1", "b": b"2"}
    assert build_context(files).read() == build_context(files).read()
    with tarfile.open(fileobj=build_context(files)) as archive:
        assert archive.getnames() == ["a", "b"]


def test_an_image_that_the_engine_has_is_not_built_again(settings: CloudSettings) -> None:
    client = FakeClient()
    first = ensure_image(engine_with(client), settings, lambda _: None)
    second = ensure_image(engine_with(client), settings, lambda _: None)
    assert first == second
    assert len(client.api.built) == 1, "every start would take a minute"


def test_a_build_shows_its_steps_and_passes_the_index_on(settings: CloudSettings) -> None:
    client, shown = FakeClient(), list[str]()
    mine = replace(settings, pip_environment=(("PIP_INDEX_URL", "https://packages.test/"),))
    ensure_image(engine_with(client), mine, shown.append)
    assert any("Step 1/1" in line for line in shown)
    assert client.api.built[0]["buildargs"] == {"PIP_INDEX_URL": "https://packages.test/"}


def test_certificates_of_the_machine_reach_the_build_but_not_its_tag(
    settings: CloudSettings, tmp_path: Path
) -> None:
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(b"CERTIFICATE")
    client = FakeClient()
    mine = replace(settings, pip_environment=(("PIP_CERT", str(bundle)),))
    tag = ensure_image(engine_with(client), mine, lambda _: None)
    assert tag == image_tag(image_files()), "a renewed certificate would build anew"
    with tarfile.open(fileobj=client.api.built[0]["fileobj"]) as archive:
        found = archive.extractfile("certificates.pem")
        assert found is not None
        assert found.read() == b"CERTIFICATE", "pip in the build would not trust the proxy"


def test_certificates_that_cannot_be_read_are_named(settings: CloudSettings) -> None:
    mine = replace(settings, pip_environment=(("PIP_CERT", "/gone.pem"),))
    with pytest.raises(CloudError, match=r"PIP_CERT=/gone.pem cannot be read"):
        ensure_image(engine_with(FakeClient()), mine, lambda _: None)


def test_a_failed_build_ends_with_the_builders_last_lines(settings: CloudSettings) -> None:
    client = FakeClient()
    client.api.build_messages = [{"stream": "no matching distribution\n"}, {"error": "exit 1"}]
    with pytest.raises(CloudError, match=r"no matching distribution\n  exit 1"):
        ensure_image(engine_with(client), settings, lambda _: None)


def test_images_fetched_by_digest_go_too() -> None:
    client = FakeClient()
    by_digest = client.images.add(
        "localhost:4566/app@sha256:12", RepoDigests=["localhost:4566/app@sha256:12"]
    )
    by_digest.tags = []
    assert remove_images(engine_with(client), "localhost:4566/") == ["localhost:4566/app@sha256:12"]
    assert not client.images.things, "every deployment would leave its image behind"


def test_older_builds_go_and_other_images_stay() -> None:
    client = FakeClient()
    for name in (f"{REPOSITORY}:old", f"{REPOSITORY}:new", "postgres:17", f"{REPOSITORY}-other:1"):
        client.images.add(name)
    assert remove_images(engine_with(client), keep=f"{REPOSITORY}:new") == [f"{REPOSITORY}:old"]
    assert len(client.images.things) == 3, "an image of somebody else was removed"
