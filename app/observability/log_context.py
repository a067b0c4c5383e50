"""What every line of the log says of the request or the job that it belongs to."""

from __future__ import annotations

import logging
import re
import sys
from typing import Any

from flask import g, has_app_context

# The form of AWS's trace header: Root=1-<8 hex>-<24 hex>, perhaps with further fields.
TRACE_ID = re.compile(r"(?:^|;)Root=(1-[0-9a-f]{8}-[0-9a-f]{24})(?:;|$)")


# What is noted in `g`, and what a line calls it.
NOTED = {
    "request_id": "request_id",
    "trace_id": "trace_id",
    "user_id": "user_id",
    "job_id": "job_id",
    "job_name": "job",
}


class Context(logging.Filter):
    """Adds the ids of the request or job at hand to every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep every record, with what is known of these.

        `request_id` (a job's is that of the request which sent it), `trace_id` (the balancer's),
        `user_id` (a number and no more), `job_id`, `job`, `otel_trace_id`.
        """
        for name, value in context().items():
            setattr(record, name, value)
        return True


def context() -> dict[str, Any]:
    """The ids by name; empty where nobody asked for anything."""
    found = {name: g.get(noted) for noted, name in NOTED.items()} if has_app_context() else {}
    # Without the setting OpenTelemetry is not even imported.
    if trace := sys.modules.get("opentelemetry.trace"):
        span = trace.get_current_span().get_span_context()
        found["otel_trace_id"] = f"{span.trace_id:032x}" if span.is_valid else None
    return {name: value for name, value in found.items() if value is not None}
