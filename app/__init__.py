"""The Flask application: `create_app` puts together settings, extensions and features."""

from __future__ import annotations

from flask import Flask

from app import database, errors, polls, visitor
from app.config import Config, load_config
from app.observability import health, request_log
from app.security import csrf, headers, hosts, proxy

# A form of ten options fills about 2 KiB; what is much larger was not typed by a person.
MAX_BODY_BYTES = 64 * 1024


def create_app(config: Config | None = None, *, process: str = "web") -> Flask:
    """Make the application from `config`, by default from the environment.

    `process` is the line of the Procfile that it is made for; the database shows the name.
    ConfigError when the environment lacks a value or holds a wrong one.
    """
    config = config or load_config()
    app = Flask(__name__)
    app.config.from_mapping(
        PROCESS=process,
        SECRET_KEY=config.secret_key.get_secret_value(),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.session_cookie_secure,
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_BODY_BYTES,
        MAX_FORM_PARTS=100,
    )
    # Extensions, one per concern. The request's id comes first: every later line carries it.
    for extension in (request_log, proxy, hosts, headers, csrf, database, visitor, errors):
        extension.init_app(app, config)
    # Features, one blueprint each.
    for feature in (health, polls):
        app.register_blueprint(feature.blueprint)
    return app
