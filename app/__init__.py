"""The Flask application: `create_app` puts together settings, extensions and features."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from app.config import Config


def create_app(config: Config | None = None, *, process: str = "web") -> Flask:
    """Make the application from `config`, by default from the environment.

    `process` is the line of the Procfile that it is made for; the database shows the name.
    ConfigError when the environment lacks a value or holds a wrong one.
    """
    # Imported here and not with the package: before, `python -m app` sees to signals, and does
    # without the collector of garbage. What a start costs is in docs/performance.md.
    from flask import Flask

    from app import api, cache, commands, database, errors, polls, staticfiles, visitor
    from app.accounts import login
    from app.accounts import views as account_pages
    from app.admin import views as admin_pages
    from app.config import load_config
    from app.media import views as media_files
    from app.media.storage import storage
    from app.observability import error_mail, health, metrics, request_log, sentry, tracing
    from app.problems import ConfigError
    from app.security import body, csrf, headers, hosts, limits, proxy

    try:
        config = config or load_config()
    except ConfigError as error:
        return commands.without_settings(error)
    app = Flask(__name__)
    app.config.from_mapping(
        CONFIG=config,
        PROCESS=process,
        SECRET_KEY=config.secret_key.get_secret_value(),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.session_cookie_secure,
    )
    # Extensions, one per concern. The request's id comes first: every later line carries it.
    extensions = (
        *(request_log, metrics, sentry, error_mail),
        *(proxy, hosts, body, headers, csrf),
        *(database, tracing, health, cache, storage, login, limits, visitor, errors, staticfiles),
    )
    for extension in extensions:
        extension.init_app(app, config)
    # Features, one blueprint each.
    for feature in (health, metrics, polls, account_pages, admin_pages, media_files, api):
        app.register_blueprint(feature.blueprint)
    commands.init_app(app, config)
    return app
