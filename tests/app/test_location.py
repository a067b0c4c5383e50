from pathlib import Path

import pytest

from app.media.location import Bucket, Folder, parse


def test_a_folder_or_a_bucket_is_told_by_its_address() -> None:
    assert parse("file:///srv/my%20media") == Folder(Path("/srv/my media"))
    region = "eu-central-1"
    assert parse(f"s3://files/media/?region={region}") == Bucket("files", "media/", region)
    assert parse(f"s3://files/a/b?region={region}").prefix == "a/b/"  # type: ignore[union-attr]
    assert parse(f"s3://files?region={region}") == Bucket("files", "", region)


def test_pictures_come_from_the_bucket_unless_it_has_a_server_of_its_own() -> None:
    (direct, own) = map(
        parse,
        (
            "s3://files/?region=us-east-1",
            "s3://files/?region=us-east-1&endpoint=http://127.0.0.1:9000",
        ),
    )
    assert isinstance(direct, Bucket)
    assert isinstance(own, Bucket)
    assert direct.origin == "https://files.s3.us-east-1.amazonaws.com"
    assert own.origin is None, "browsers may not be able to reach that server"


@pytest.mark.parametrize(
    ("dsn", "reason"),
    [
        ("file://media", "three slashes"),
        ("file:///", "absolute folder"),
        ("file:///media?region=eu-central-1", "nothing else"),
        ("http://example.org/", "neither"),
        ("s3:///media/?region=eu-central-1", "bucket"),
        ("s3://My_Bucket/?region=eu-central-1", "bucket"),
        ("s3://files/", "region"),
        ("s3://files/?region=Frankfurt", "region"),
        ("s3://files/?region=eu-central-1&acl=public-read", "unknown: acl"),
        ("s3://files/?region=eu-central-1&endpoint=127.0.0.1", "endpoint"),
    ],
)
def test_another_address_is_refused_with_the_reason(dsn: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse(dsn)
