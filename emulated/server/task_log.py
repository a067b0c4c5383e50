"""What containers print, as events of CloudWatch Logs: one for each line, none for a blank one."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import ecs

from emulated.server.lines import whole_lines
from emulated.server.patching import Function, replace
from emulated.server.settings import ServerSettings

log = logging.getLogger(__name__)
Chunks = Iterable[bytes]


def install(_settings: ServerSettings) -> None:
    """Read lines; ministack takes each piece that the engine happens to send for some."""
    replace(ecs, "_forward_awslogs", _by_line)


def _by_line(_original: Function) -> Function:
    def forward(container: Any, config: dict[str, Any], account: str, region: str) -> None:
        with request_scope(account, region):
            if not ecs._ensure_awslogs_stream(config):
                return
            for line in whole_lines(_output(container)):
                ecs._emit_awslogs_event(config, line)

    return forward


def _output(container: Any) -> Iterator[bytes]:
    try:
        yield from container.logs(stream=True, follow=True, stdout=True, stderr=True)
    except Exception as problem:
        # The container went away; what it printed before has been read.
        log.debug("output of %s: %s", container.id[:12], problem)
