"""What an engine says about an image that it cannot pull, and how ECS says it."""

from __future__ import annotations

import json
import re

UNABLE = "CannotPullContainerError: pull image manifest has been retried 1 time(s): "
# The engine's answer for an image that neither it nor the registry has.
MISSING = re.compile(r"/images/(\S+?)/json|No such image: ([^\s\")]+)|(manifest unknown)")
# A command that is not in the image: the engine's answer names its runtime.
RUNTIME = re.compile(r"\(\"?([^()]*(?:OCI runtime|executable file)[^()]*?)\"?\)", re.DOTALL)
UNRUNNABLE = (
    "CannotStartContainerError: ResourceInitializationError: failed to create new container "
    "runtime task: "
)
LOGGER = re.compile(r"(failed to validate logger args.+)", re.DOTALL)
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
    """Why a task could not start, as ECS words it where it is the image, the command or the log."""
    if reason.startswith("CannotPullContainerError"):
        return reason
    if refused_by_runtime := RUNTIME.search(reason):
        return UNRUNNABLE + refused_by_runtime.group(1)
    if logger := LOGGER.search(reason):
        return f"ResourceInitializationError: {logger.group(1)}"
    if refused := REFUSED.search(reason):
        return UNABLE + refused.group(1)
    if missing := MISSING.search(reason):
        image = (missing.group(1) or missing.group(2) or "").replace("%40", "@")
        return f"{UNABLE}failed to resolve ref {image}: not found"
    return reason
