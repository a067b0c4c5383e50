"""Files in an S3 bucket, which encrypts them with the key that it is set to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

from app.media.location import Bucket
from app.media.storage import NotStoredError, StorageError, content_type_of

# boto3 takes half a second of a whole core: it is imported with the first picture, not at start.
if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CONNECT_SECONDS = 3
READ_SECONDS = 10
ATTEMPTS = 3
# A name never gets other content.
CACHE_CONTROL = "private, max-age=31536000, immutable"
# S3 answers 403 for what is not there to those who may not list the bucket [S3 API, GetObject];
# ours may (docs/your-application.md), so that a refusal is a fault.
MISSING = frozenset({"NoSuchKey", "404"})


class BucketStore:
    """Keeps files below a prefix; safe among threads."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._lock = Lock()
        self._client: S3Client | None = None

    def save(self, key: str, data: bytes, content_type: str) -> None:
        """Put the object; S3 shows it whole or not at all."""
        with _faults("put"):
            self.client.put_object(
                Bucket=self._bucket.name,
                Key=self._path(key),
                Body=data,
                ContentType=content_type,
                ContentDisposition="inline",
                CacheControl=CACHE_CONTROL,
            )

    def read(self, key: str) -> bytes:
        """The data; NotStoredError when there is none."""
        with _faults("get"):
            found = self.client.get_object(Bucket=self._bucket.name, Key=self._path(key))
            return found["Body"].read()

    def delete(self, key: str) -> None:
        """Make sure that there is none."""
        with _faults("delete"):
            self.client.delete_object(Bucket=self._bucket.name, Key=self._path(key))

    def address(self, key: str, seconds: int) -> str | None:
        """Where a browser fetches it; None with an endpoint, which it may not be able to reach."""
        return None if self._bucket.origin is None else self.signed_address(key, seconds)

    def signed_address(self, key: str, seconds: int) -> str:
        """S3's own address of the object, signed for so long.

        It ends earlier when the login that signed it does: ten minutes are sure, as botocore
        renews the login of a task by then.
        """
        with _faults("sign"):
            return self.client.generate_presigned_url(
                "get_object",
                # What the browser is told, whatever the object says.
                Params={
                    "Bucket": self._bucket.name,
                    "Key": self._path(key),
                    "ResponseContentType": content_type_of(key),
                    "ResponseContentDisposition": "inline",
                    "ResponseCacheControl": CACHE_CONTROL,
                },
                ExpiresIn=seconds,
            )

    @property
    def client(self) -> S3Client:
        """The client, made once."""
        with self._lock:
            if self._client is None:
                self._client = _make_client(self._bucket)
            return self._client

    def _path(self, key: str) -> str:
        return f"{self._bucket.prefix}{key}"


def _make_client(bucket: Bucket) -> S3Client:
    import boto3
    from botocore.config import Config

    made: S3Client = boto3.Session(region_name=bucket.region).client(
        "s3",
        endpoint_url=bucket.endpoint,
        config=Config(
            signature_version="s3v4",
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            s3={
                # The address that Bucket.origin foresees; other servers know no host per bucket.
                "addressing_style": "path" if bucket.endpoint else "virtual",
                "us_east_1_regional_endpoint": "regional",
            },
        ),
    )
    return made


@contextmanager
def _faults(what: str) -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in MISSING:
            raise NotStoredError(what) from None
        raise StorageError(f"The storage fails: S3 answers {code} to {what}") from error
    except BotoCoreError as error:
        raise StorageError(f"The storage fails: {what}: {type(error).__name__}") from error
