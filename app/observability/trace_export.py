"""What leaves the process as a trace: names, times and places, and nothing of persons."""

from __future__ import annotations

from collections.abc import Sequence

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Status
from opentelemetry.util.types import Attributes

from app.config import Config

# All that is told, by the names of both generations of the conventions; the instrumentation
# also notes address and browser of the visitor, and whole addresses with their queries.
TOLD = frozenset(
    {
        "db.name",
        "db.namespace",
        "db.operation.name",
        "db.query.text",
        "db.statement",
        "db.system",
        "db.system.name",
        "exception.type",
        "http.flavor",
        "http.method",
        "http.request.method",
        "http.response.status_code",
        "http.route",
        "http.scheme",
        "http.status_code",
        "network.protocol.version",
        "url.scheme",
    }
)


def make_provider(config: Config) -> TracerProvider:
    """What makes spans and sends them in batches, from a thread of its own."""
    about = {
        "service.name": config.otel_service_name,
        "service.version": config.release,
        "deployment.environment.name": config.app_env,
    }
    resource = Resource.create({name: value for name, value in about.items() if value})
    provider = TracerProvider(resource=resource)
    endpoint = f"{(config.otel_exporter_otlp_endpoint or '').rstrip('/')}/v1/traces"
    provider.add_span_processor(BatchSpanProcessor(Discreet(OTLPSpanExporter(endpoint=endpoint))))
    return provider


class Discreet(SpanExporter):
    """Sends spans by another exporter, less what is not TOLD."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send copies that tell less."""
        return self._exporter.export([discreet(span) for span in spans])

    def shutdown(self) -> None:
        """Send no more."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Wait for what is being sent."""
        return self._exporter.force_flush(timeout_millis)


def discreet(span: ReadableSpan) -> ReadableSpan:
    """The same span without what may name a person: an error's text can hold a row."""
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=_told(span.attributes),
        events=[Event(each.name, _told(each.attributes), each.timestamp) for each in span.events],
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _told(attributes: Attributes) -> Attributes:
    return {name: value for name, value in (attributes or {}).items() if name in TOLD}
