"""What an engine says about an image that it cannot pull, and how ECS says it."""

from __future__ import annotations

import json
import re

UNABLE = "CannotPullContainerError: pull image manifest has been retried 1 time(s): "
# The engine's answer for an image that neither it nor the registry has.
MISSING = re.compile(r"/images/(\S+?)/json|No such image: ([^\s\")]+)|(manifest unknown)")
REFUSED = re.compile(r"(cannot pull .+)", re.DOTALL)


def pull_problem(line: bytes) -> str | None:
    """The complaint in a line of the engine's progress, None when there is none."""
    for part in line.splitlines():
        try:
            message = json.loads(part)
        except ValueError:
            continue
        if isinstance(message, dict) and message.get("error"):
            return str(message["error"])
    return None


def start_failure(reason: str) -> str:
    """Why a task could not start: a missing or refused image as ECS words it, the rest as it is."""
    if reason.startswith("CannotPullContainerError"):
        return reason
    if refused := REFUSED.search(reason):
        return UNABLE + refused.group(1)
    if missing := MISSING.search(reason):
        image = (missing.group(1) or missing.group(2) or "").replace("%40", "@")
        return f"{UNABLE}failed to resolve ref {image}: not found"
    return reason
