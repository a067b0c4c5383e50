"""Trust in the balancer's headers: one hop where TRUSTED_PROXIES says so, else none."""

from __future__ import annotations

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app.config import Config


def init_app(app: Flask, config: Config) -> None:
    """Take the client's address and scheme from the nearest proxy when there is one."""
    hops = config.trusted_proxies
    if hops:
        # The balancer sets X-Forwarded-For and -Proto, but passes a client's -Host and -Prefix on.
        fix = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0, x_port=0, x_prefix=0)
        app.wsgi_app = fix  # type: ignore[method-assign]
