"""Settings of what the application tells of itself."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, SecretStr

from app import addresses
from app.config.setting import LogLevel, Section, setting


class Insight(Section):
    """Logs, metrics, traces, reports of errors."""

    app_env: str = setting(
        "development",
        "Label of the environment, for logs and reports alone",
        allowed="1 to 32 characters",
        example="staging",
        max_length=32,
    )
    release: str = setting(
        "",
        "Label of the release, likewise",
        allowed="up to 128 characters",
        example="2026-01-31",
        max_length=128,
    )
    log_level: LogLevel = setting(
        "info", "The least that is logged", allowed="debug, info, warning or error", example="info"
    )
    log_format: Literal["json", "text"] = setting(
        "json", "One line of JSON each, or text to read", allowed="json or text", example="json"
    )
    syslog_address: str | None = setting(
        None,
        "Send logs to syslog, and not to standard output",
        allowed="udp://HOST:PORT or the path of a socket",
        example="udp://logs.example.org:514",
        pattern=r"^(udp://[A-Za-z0-9.-]+:\d{1,5}|/\S+)$",
    )
    metrics_token: SecretStr | None = setting(
        None,
        "Bearer token of `/metrics`; without it only this machine is answered",
        allowed="16 characters or more",
        example="'...'",
        min_length=16,
    )
    sentry_dsn: Annotated[SecretStr, AfterValidator(addresses.sentry)] | None = setting(
        None,
        "Report errors to Sentry",
        allowed="the address of a Sentry project",
        example="https://KEY@HOST/PROJECT",
    )
    otel_exporter_otlp_endpoint: str | None = setting(
        None,
        "Send OpenTelemetry traces there (OTLP over HTTP)",
        allowed="a http:// or https:// address",
        example="http://localhost:4318",
        pattern=r"^https?://[^\s@]+$",
    )
    otel_service_name: str = setting(
        "app",
        "The name that traces carry",
        allowed="1 to 64 characters",
        example="polls",
        min_length=1,
        max_length=64,
    )
