"""Host names the site answers to; others are told that they are at the wrong server."""

from __future__ import annotations

from flask import Flask, abort, request

from app.config import Config

# The balancer asks by address, so its checks carry no name of ours.
EXEMPT_BLUEPRINT = "health"


def init_app(app: Flask, config: Config) -> None:
    """Refuse requests for other names with 421 where DOMAIN is set."""
    allowed = config.host_names

    def check_host() -> None:
        if request.blueprint == EXEMPT_BLUEPRINT:
            return
        name = request.host.rpartition(":")[0] or request.host
        if name.lower() not in allowed:
            abort(421)

    if allowed:
        app.before_request(check_host)
