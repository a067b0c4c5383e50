"""Where pictures are kept: what DEFAULT_STORAGE_DSN says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

# [S3 user guide, "General purpose bucket naming rules"], less the dots: TLS certificates of S3
# do not match names with dots.
BUCKET = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
OPTIONS = {"region", "endpoint"}


@dataclass(frozen=True)
class Folder:
    """A folder of this machine, or one that all tasks share."""

    path: Path


@dataclass(frozen=True)
class Bucket:
    """A part of an S3 bucket; `prefix` is empty or ends in a slash.

    `endpoint` is the address of a server other than AWS's, which browsers may not be able to reach.
    """

    name: str
    prefix: str
    region: str
    endpoint: str | None = None

    @property
    def origin(self) -> str | None:
        """Where browsers fetch pictures from; None where only the application can."""
        if self.endpoint:
            return None
        return f"https://{self.name}.s3.{self.region}.{_domain(self.region)}"


def parse(dsn: str) -> Folder | Bucket:
    """The place that a DSN names; ValueError, with the reason, when it names none.

    `file:///folder`, or `s3://bucket/prefix/?region=eu-central-1[&endpoint=http://host:port]`.
    """
    url = urlsplit(dsn)
    if url.scheme == "file":
        return _folder(unquote(url.path), url.netloc + url.query)
    if url.scheme == "s3":
        return _bucket(url.netloc, unquote(url.path), parse_qs(url.query, strict_parsing=True))
    raise ValueError("neither file:// nor s3://")


def _folder(path: str, more: str) -> Folder:
    # A third slash that was forgotten makes the first folder a host name.
    if more or not path.startswith("/") or path == "/":
        raise ValueError("file:// takes an absolute folder, with three slashes, and nothing else")
    return Folder(Path(path))


def _bucket(name: str, path: str, options: dict[str, list[str]]) -> Bucket:
    if not BUCKET.fullmatch(name):
        raise ValueError("no name of a bucket")
    if unknown := options.keys() - OPTIONS:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    region = options.get("region", [""])[0]
    if not REGION.fullmatch(region):
        raise ValueError("no region")
    endpoint = options.get("endpoint", [None])[0]
    if endpoint is not None and not endpoint.startswith(("http://", "https://")):
        raise ValueError("endpoint is no http address")
    prefix = path.strip("/")
    return Bucket(name, f"{prefix}/" if prefix else "", region, endpoint)


def _domain(region: str) -> str:
    return "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
