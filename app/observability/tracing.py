"""OpenTelemetry traces of requests and statements, where OTEL_EXPORTER_OTLP_ENDPOINT is set."""

from __future__ import annotations

from flask import Flask

from app.config import Config
from app.database import db

EXTENSION = "tracing"
NOT_TRACED = "/livez,/readyz,/metrics"


def init_app(app: Flask, config: Config) -> None:
    """Trace requests and their statements. Comes after the database, whose engine it watches.

    `OTEL_TRACES_SAMPLER` and the like are read from the environment by OpenTelemetry itself.
    """
    if config.otel_exporter_otlp_endpoint is None:
        return
    # Only here: their import would cost every start a third of a second.
    from opentelemetry.instrumentation.flask import FlaskInstrumentor
    from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor

    from app.observability.trace_export import make_provider

    provider = app.extensions[EXTENSION] = make_provider(config)
    FlaskInstrumentor().instrument_app(  # type: ignore[no-untyped-call]
        app, tracer_provider=provider, excluded_urls=NOT_TRACED
    )
    with app.app_context():
        SQLAlchemyInstrumentor().instrument(
            engine=db.engine,
            tracer_provider=provider,
            # It declares SQLAlchemy below 2.1 and works with it: tests/app/test_reports.py.
            skip_dep_check=True,
        )
