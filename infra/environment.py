"""The environment that every process gets; docs/your-application.md is its contract."""

from infra.container import PORT
from infra.settings import Settings

# Longer than the balancer waits, so the server never closes a connection that is about to be used.
KEEP_ALIVE_MARGIN_SECONDS = 15


def application_environment(settings: Settings, *, image_label: str) -> dict[str, str]:
    """Plain variables whose values are known while planning, the user's own among them."""
    service, domain = settings.service, settings.domain
    return {
        **settings.config,
        "APP_ENV": settings.stage,
        "DATABASE_AUTH": "iam",
        "DATABASE_NAME": settings.database.name,
        "DATABASE_PORT": str(settings.database.port),
        "DATABASE_SSLMODE": settings.database.ssl_mode,
        "DATABASE_USER": settings.database.app_user,
        "DOMAIN": domain.name,
        "DOMAIN_ALIASES": ",".join(domain.further_names),
        "KEEP_ALIVE": str(settings.balancer.idle_timeout_seconds + KEEP_ALIVE_MARGIN_SECONDS),
        "LOG_FORMAT": "json",
        "LOG_LEVEL": service.log_level,
        "PORT": str(PORT),
        "RELEASE": image_label,
        # Without a domain there is no certificate, so no HTTPS to go to.
        "SECURE_SSL_REDIRECT": "true" if domain.name else "false",
        "SESSION_COOKIE_SECURE": "true" if domain.name else "false",
        "STOP_TIMEOUT": str(service.stop_timeout_seconds),
        "THREADS": str(service.threads),
        "TRUSTED_PROXIES": "1",
    }
