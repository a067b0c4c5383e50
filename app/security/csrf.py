"""Protection of every form against requests made by other sites."""

from __future__ import annotations

from flask import Flask
from flask_wtf.csrf import CSRFProtect  # type: ignore[import-untyped]

from app.config import Config

protection = CSRFProtect()


def init_app(app: Flask, _config: Config) -> None:
    """Demand a token in every request that changes something."""
    # A page left open overnight still works: the token then lives as long as the session.
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    protection.init_app(app)
