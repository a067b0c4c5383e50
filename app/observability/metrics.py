"""Numbers for Prometheus at `/metrics`, for whoever has the token, or sits at this machine."""

from __future__ import annotations

import platform
import time
from collections.abc import Iterator
from hmac import compare_digest
from ipaddress import ip_address

from flask import Blueprint, Flask, Response, abort, current_app, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    Info,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from app.config import Config
from app.database import db
from app.jobs.figures import figures
from app.observability.pool import pool_of

EXTENSION = "metrics"
# A client may invent methods; each label value is kept for good.
METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
OTHER = "other"
# Seconds; from a page without a query to the longest statement.
LATENCY_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15)
FIGURES = {
    "app_jobs_queued": ("queue_depth", "Jobs that no worker has taken yet."),
    "app_jobs_failed": ("failed_jobs", "Jobs that were given up and wait for a person."),
    "app_jobs_done_last_hour": ("done_last_hour", "Jobs that were done within the last hour."),
    "app_mails_waiting": ("waiting_mails", "Mails that are not sent yet."),
}

blueprint = Blueprint("metrics", __name__)


class Metrics:
    """What one application counts; each has a registry of its own."""

    def __init__(self, config: Config) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "http_requests_total",
            "Requests that were answered.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.latency = Histogram(
            "http_request_duration_seconds",
            "Time from the request to its answer.",
            ["method", "route"],
            buckets=LATENCY_SECONDS,
            registry=self.registry,
        )
        build = Info("app_build", "What runs here.", registry=self.registry)
        build.info(
            {
                "release": config.release,
                "environment": config.app_env,
                "python": platform.python_version(),
            }
        )
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self.registry.register(Moment())


class Moment(Collector):
    """What is asked for when the metrics are: the pool, the queue, the jobs."""

    def collect(self) -> Iterator[Metric]:
        """The pool's state, and those of the jobs' figures that are known."""
        pool = pool_of(db.engine)
        yield GaugeMetricFamily("database_pool_size", "Connections at most.", pool.size)
        yield GaugeMetricFamily("database_pool_in_use", "Connections at work.", pool.in_use)
        known = figures()
        for name, (field, meaning) in FIGURES.items():
            if (value := getattr(known, field)) is not None:
                yield GaugeMetricFamily(name, meaning, value)


def init_app(app: Flask, config: Config) -> None:
    """Count every answer, by the route's template: addresses would be without number."""
    metrics = app.extensions[EXTENSION] = Metrics(config)

    def count(response: Response) -> Response:
        method = request.method if request.method in METHODS else OTHER
        route = request.url_rule.rule if request.url_rule else OTHER
        metrics.requests.labels(method, route, str(response.status_code)).inc()
        metrics.latency.labels(method, route).observe(time.perf_counter() - g.started)
        return response

    app.after_request(count)


@blueprint.get("/metrics")
def show() -> Response:
    """All numbers in Prometheus' text format; 401 without the token, 404 where there is none."""
    _admit(current_app.config["CONFIG"])
    metrics: Metrics = current_app.extensions[EXTENSION]
    return Response(generate_latest(metrics.registry), content_type=CONTENT_TYPE_LATEST)


def _admit(config: Config) -> None:
    if config.metrics_token is None:
        # Behind a proxy everybody's requests come from its address.
        if config.trusted_proxies or not ip_address(request.remote_addr or "::").is_loopback:
            abort(404)
        return
    wanted = f"Bearer {config.metrics_token.get_secret_value()}"
    given = request.headers.get("Authorization", "")
    if not compare_digest(given.encode(), wanted.encode()):
        raise Unauthorized(www_authenticate=WWWAuthenticate("bearer"))
