"""The page of an emulated stack: where it is, and whether it answers."""

import http.client
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

# Seconds that the tasks have to answer after `pulumi up` has ended; a busy laptop needs some.
PATIENCE = 60.0
PAUSE = 1.0
ANSWER_SECONDS = 10


def address(outputs: Mapping[str, Any], endpoint_url: str) -> str:
    """The balancer's address on this machine: the DNS name that AWS gives would lead elsewhere.

    Empty without a balancer. Its ARN ends in `loadbalancer/app/<name>/<id>`.
    """
    parts = str(outputs.get("balancer_arn", "")).split("/")
    port = urlsplit(endpoint_url).port or 80
    return f"http://{parts[2]}.alb.localhost:{port}/" if len(parts) == 4 else ""


def answers(page: str, patience: float = PATIENCE) -> bool:
    """Whether the page answers in time; asked at 127.0.0.1, as not all resolvers know it."""
    where = urlsplit(page)
    end = time.monotonic() + patience
    while not _asked(where.port or 80, where.netloc):
        if time.monotonic() > end:
            return False
        time.sleep(PAUSE)
    return True


def _asked(port: int, host: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/", headers={"Host": host})
        answer = connection.getresponse()
        # The page of a maintenance is meant; a balancer without tasks knows no time to come back.
        return answer.status < 500 or answer.getheader("Retry-After") is not None
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
