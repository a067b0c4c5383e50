"""The WSGI callable for a server: `app.wsgi:application`."""

from app import create_app
from app.config import load_config
from app.observability.request_log import configure_logging
from app.problems import ConfigError

try:
    config = load_config()
except ConfigError as error:
    raise SystemExit(str(error)) from None
configure_logging(config)
application = create_app(config)
