"""Both kinds of storage: a folder, and a bucket of a real server that speaks S3's protocol."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from moto.server import ThreadedMotoServer

from app.media.bucket import BucketStore
from app.media.folder import FolderStore
from app.media.location import Bucket
from app.media.storage import NotStoredError, StorageError, Store, new_key, small_key
from local.ports import HOST, free_port

KEY = "0123456789abcdef0123456789abcdef.png"
LOGIN = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "not-a-secret"}
REGION = "eu-central-1"


@pytest.fixture(scope="session")
def s3_address() -> Iterator[str]:
    # A line for each request would drown the rest.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    port = free_port()
    server = ThreadedMotoServer(HOST, port, verbose=False)
    server.start()
    yield f"http://{HOST}:{port}"
    server.stop()


@pytest.fixture
def login(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in LOGIN.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def whole_bucket(s3_address: str) -> Iterator[BucketStore]:
    place = Bucket("files", "media/", REGION, s3_address)
    with pytest.MonkeyPatch.context() as environment:
        for name, value in LOGIN.items():
            environment.setenv(name, value)
        store = BucketStore(place)
        configuration: Any = {"LocationConstraint": REGION}
        store.client.create_bucket(Bucket=place.name, CreateBucketConfiguration=configuration)
    yield store
    store.client.close()


@pytest.fixture
def bucket(whole_bucket: BucketStore) -> Iterator[BucketStore]:
    yield whole_bucket
    whole_bucket.delete(KEY)


@pytest.fixture
def folder(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "media" / "pictures")


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest) -> Store:
    found: Store = request.getfixturevalue(request.param)
    return found


def test_what_is_saved_can_be_read_replaced_and_deleted(store: Store) -> None:
    store.save(KEY, b"first", "image/png")
    assert store.read(KEY) == b"first", "people would see another picture"
    store.save(KEY, b"second", "image/png")
    assert store.read(KEY) == b"second"
    store.delete(KEY)
    store.delete(KEY)
    with pytest.raises(NotStoredError):
        store.read(KEY)


def test_a_name_cannot_be_guessed() -> None:
    names = {new_key("image/webp") for _ in range(1000)}
    assert len(names) == 1000
    assert all(len(name.removesuffix(".webp")) == 32 for name in names), "128 bits in hexadecimal"
    assert small_key(KEY) == "0123456789abcdef0123456789abcdef-small.webp"


class TestFolder:
    @pytest.mark.parametrize("key", ["../a.png", "/etc/passwd", "a/b.png", "..", ".a", "", "a\\b"])
    def test_no_name_leads_out_of_it(self, folder: FolderStore, key: str, tmp_path: Path) -> None:
        for attempt in (folder.read, folder.delete, lambda key: folder.save(key, b"", "")):
            with pytest.raises(ValueError, match="not the name of a file"):
                attempt(key)
        assert not any(tmp_path.rglob("*.png")), "a visitor could write where nobody expects it"

    def test_nobody_reads_half_a_file(
        self, folder: FolderStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder.save(KEY, b"whole", "image/png")

        def full(_descriptor: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("os.fsync", full)
        with pytest.raises(StorageError, match="cannot be written to: No space left on device"):
            folder.save(KEY, b"half", "image/png")
        assert folder.read(KEY) == b"whole", "a picture would be lost by a failed upload"
        assert [path.name for path in tmp_path.rglob("*.*")] == [KEY], "what failed takes up space"


class TestBucket:
    def test_an_object_says_what_it_is_and_may_be_kept(self, bucket: BucketStore) -> None:
        bucket.save(KEY, b"data", "image/png")
        found = bucket.client.head_object(Bucket="files", Key=f"media/{KEY}")
        assert found["ContentType"] == "image/png"
        assert found["ContentDisposition"] == "inline"
        assert "immutable" in found["CacheControl"], "browsers would ask for it with each page"

    def test_a_signed_address_gives_the_object_out_for_a_while(self, bucket: BucketStore) -> None:
        bucket.save(KEY, b"data", "text/html")
        address = bucket.signed_address(KEY, 600)
        answer = requests.get(address, timeout=5)
        assert (answer.status_code, answer.content) == (200, b"data")
        assert answer.headers["Content-Type"] == "image/png", (
            "an object that someone else wrote would be shown as a page"
        )
        query = parse_qs(urlsplit(address).query)
        assert query["X-Amz-Expires"] == ["600"]

    def test_browsers_go_to_aws_by_themselves(self, login: None) -> None:
        place = Bucket("files", "media/", "us-east-1")
        store = BucketStore(place)
        address = store.address(KEY, 600)
        store.client.close()
        assert address is not None
        assert place.origin == address.partition("/media/")[0], (
            "the content security policy would keep the pictures out"
        )
        assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in address, "objects under a KMS key demand it"

    def test_browsers_do_not_go_to_a_server_of_ones_own(self, bucket: BucketStore) -> None:
        assert bucket.address(KEY, 600) is None, "they may not be able to reach it"

    def test_a_refusal_is_a_fault_and_its_reason_is_named(
        self, bucket: BucketStore, login: None
    ) -> None:
        lost = BucketStore(Bucket("elsewhere", "", REGION, bucket.client.meta.endpoint_url))
        with pytest.raises(StorageError, match="S3 answers NoSuchBucket to put"):
            lost.save(KEY, b"", "image/png")
        lost.client.close()

    def test_a_server_that_is_away_is_given_up_soon(self, login: None) -> None:
        store = BucketStore(Bucket("files", "", REGION, f"http://{HOST}:{free_port()}"))
        with pytest.raises(StorageError, match="EndpointConnectionError"):
            store.delete(KEY)
        store.client.close()
