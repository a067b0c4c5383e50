"""Response headers that tell browsers what pages of this site may do."""

from __future__ import annotations

from flask import Flask, Response, request

from app.config import Config
from app.media.location import Bucket, parse

SECURITY_HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    # Not `no-referrer`: the form check compares the referring page over HTTPS.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def init_app(app: Flask, config: Config) -> None:
    """Add the headers to every response, unless a view has set one of its own."""
    headers = SECURITY_HEADERS | {"Content-Security-Policy": content_security_policy(config)}
    transport = f"max-age={config.secure_hsts_seconds}; includeSubDomains"

    def add(response: Response) -> Response:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        # Over plain HTTP browsers ignore it [RFC 6797, 8.1].
        if request.is_secure and config.secure_hsts_seconds:
            response.headers.setdefault("Strict-Transport-Security", transport)
        # A page holds a visitor's token.
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    app.after_request(add)


def content_security_policy(config: Config) -> str:
    """No script at all, styles and forms of this site, pictures of it and of its own bucket.

    The page that has a script adds to it.
    """
    pictures = " ".join(["'self'", *_picture_origins(config)])
    return (
        f"default-src 'none'; style-src 'self'; img-src {pictures}; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )


def _picture_origins(config: Config) -> list[str]:
    """Where browsers are sent for pictures: the policy holds for the end of a redirect, too."""
    if config.default_storage_dsn is None:
        return []
    place = parse(config.default_storage_dsn.get_secret_value())
    return [place.origin] if isinstance(place, Bucket) and place.origin else []
