"""Answers every request with 503, Retry-After, and the page that operators gave or a plain one.

Lambda's Python brings boto3 along; nothing else is needed. The page is in the table of releases, as
`bin/ops maintenance on` wrote it, so that another page needs no update of the stack.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Mapping
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

# Requests within this time do not ask the table again.
FRESH_SECONDS = 5.0
# A table that does not answer must not keep a visitor waiting until the function's own end, which
# would be an error of the balancer's instead of the page.
PATIENCE = Config(connect_timeout=1, read_timeout=1, retries={"total_max_attempts": 2})
RETRY_AFTER_SECONDS = 300
PLAIN_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Down for maintenance</title>
<style>
body { font: 1.1rem/1.6 system-ui, sans-serif; max-width: 32rem; margin: 20vh auto; padding: 0 1rem;
  color: #1f2933; background: #fff; }
@media (prefers-color-scheme: dark) { body { color: #e4e7eb; background: #1f2933; } }
</style>
</head>
<body>
<h1>Down for maintenance</h1>
<p>We are working on it and will be back soon. Please try again in a few minutes.</p>
</body>
</html>
"""
# The page must bring everything with it: whatever it asked this site for would be the page again.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"
JSON, PROBLEM = "application/json", "application/problem+json"
log = logging.getLogger(__name__)


class Notice:
    """What visitors are told, as it was when it was last read; empty before that."""

    item: Mapping[str, Any] = {}
    read_at: float | None = None


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """The answer to one request of the balancer's."""
    del context
    notice = current()
    wanted = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    problem = wants_json(wanted.get("accept", ""))
    page = _problem() if problem else notice.get("page", {}).get("S", PLAIN_PAGE)
    seconds = notice.get("retry_after_seconds", {}).get("N", str(RETRY_AFTER_SECONDS))
    return {
        "statusCode": 503,
        "statusDescription": "503 Service Unavailable",
        "isBase64Encoded": False,
        "headers": {
            "Content-Type": PROBLEM if problem else "text/html; charset=utf-8",
            "Content-Security-Policy": POLICY,
            "Cache-Control": "no-store",
            "Retry-After": seconds,
            "Vary": "Accept",
        },
        "body": "" if event.get("httpMethod") == "HEAD" else page,
    }


def current() -> Mapping[str, Any]:
    """What the table says, or said when it could last be read: visitors get an answer anyway."""
    now = time.monotonic()
    if Notice.read_at is None or now - Notice.read_at >= FRESH_SECONDS:
        Notice.read_at = now
        try:
            Notice.item = (
                _table()
                .get_item(
                    TableName=os.environ["TABLE_NAME"], Key=json.loads(os.environ["ITEM_KEY"])
                )
                .get("Item", {})
            )
        except Exception:
            log.exception("The page could not be read; visitors get the last one, or a plain one.")
    return Notice.item


def wants_json(accept: str) -> bool:
    """Whether a program asks: it accepts JSON and no page."""
    kinds = {each.partition(";")[0].strip().lower() for each in accept.split(",")}
    return bool(kinds & {JSON, PROBLEM}) and not kinds & {"text/html", "application/xhtml+xml"}


def _problem() -> str:
    detail = "Down for maintenance. Try again after the time that Retry-After gives."
    told = {"title": "Service Unavailable", "status": 503, "detail": detail}
    return json.dumps({"type": "about:blank", **told})


@cache
def _table() -> Any:
    return boto3.client("dynamodb", config=PATIENCE)
