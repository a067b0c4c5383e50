"""Host names and HTTPS: the one address of the site, and what becomes of requests for others."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, abort, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from app.config import Config

# The balancer and the scraper of metrics ask a task by its address, in plain HTTP.
EXEMPT_BLUEPRINTS = frozenset({"health", "metrics"})
# What can be asked again elsewhere; a form cannot have come from a page under another name.
REPEATABLE = frozenset({"GET", "HEAD"})
PERMANENT = 308


def init_app(app: Flask, config: Config) -> None:
    """Answer for DOMAIN, over HTTPS where SECURE_SSL_REDIRECT says so.

    Aliases redirect to DOMAIN, in one step with HTTPS; names of others get 421, and so does an
    alias for what changes something. Without DOMAIN every name is answered.
    """
    names = config.host_names

    def check() -> BaseResponse | None:
        if request.blueprint in EXEMPT_BLUEPRINTS:
            return None
        name = _name()
        if names and name not in names:
            abort(421)
        elsewhere = config.domain is not None and name != config.domain
        if elsewhere and request.method not in REPEATABLE:
            abort(421)
        plain = config.secure_ssl_redirect and not request.is_secure
        if elsewhere or plain:
            return _redirect(config.domain or name, secure=plain or request.is_secure)
        return None

    if names or config.secure_ssl_redirect:
        app.before_request(check)


def _name() -> str:
    # A port is no part of the name; an address of IPv6 keeps its brackets.
    return request.host.lower().removesuffix(f":{urlsplit(request.host_url).port}")


def _redirect(name: str, *, secure: bool) -> BaseResponse:
    scheme = "https" if secure else "http"
    there = urlsplit(request.url)._replace(scheme=scheme, netloc=name)
    return redirect(there.geturl(), PERMANENT)
