"""Reports to Sentry, where SENTRY_DSN is set: errors without the person who met them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask, has_request_context, request

from app.config import Config
from app.observability.log_context import context

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint

# Their texts can hold a row.
DRIVERS = ("sqlalchemy.", "psycopg.", "pymysql.")


def init_app(_app: Flask, config: Config) -> None:
    """Report what is logged as an error, with its stack trace."""
    if config.sentry_dsn is None:
        return
    # Only here: its import would cost every start a tenth of a second.
    import sentry_sdk

    sentry_sdk.init(
        dsn=config.sentry_dsn.get_secret_value(),
        environment=config.app_env,
        release=config.release or None,
        send_default_pii=False,
        # Variables hold forms, and with them addresses and passwords.
        include_local_variables=False,
        max_breadcrumbs=0,
        # They would import Celery, boto3 and more into `web`, to tell of each request in full.
        auto_enabling_integrations=False,
        before_send=complete,
    )


def complete(event: Event, _hint: Hint) -> Event:
    """Add what leads to the log's lines; take out the machine, and texts that may hold a row."""
    event.pop("server_name", None)
    event["tags"] = {name: value for name, value in context().items() if name != "user_id"}
    if has_request_context() and request.url_rule:
        event["transaction"] = f"{request.method} {request.url_rule.rule}"
    for each in event.get("exception", {}).get("values", []):
        if str(each.get("module", "")).startswith(DRIVERS):
            each["value"] = ""
    return event
