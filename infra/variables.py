"""Names of the environment that belong to the stack."""

# The stack gives these to every process: docs/your-application.md.
KNOWN_WHILE_PLANNING = frozenset(
    {
        "APP_ENV",
        "DATABASE_AUTH",
        "DATABASE_NAME",
        "DATABASE_PORT",
        "DATABASE_SSLMODE",
        "DATABASE_USER",
        "DOMAIN",
        "DOMAIN_ALIASES",
        "KEEP_ALIVE",
        "LOG_FORMAT",
        "LOG_LEVEL",
        "PORT",
        "RELEASE",
        "SECURE_SSL_REDIRECT",
        "SESSION_COOKIE_SECURE",
        "STOP_TIMEOUT",
        "THREADS",
        "TRUSTED_PROXIES",
    }
)
KNOWN_LATER = frozenset(
    {"BROKER_URL", "CACHE_URL", "DEFAULT_STORAGE_DSN", "MAIL_FROM", "MAIL_URL", "SECRET_KEY"}
)
PREFIXES = ("AWS_", "DATABASE_", "ECS_", "JOB_LIMIT_SECONDS_", "QUEUE_URL_")


def reserved(name: str) -> bool:
    """Whether the stack, or AWS, sets a variable of this name itself."""
    return name in KNOWN_WHILE_PLANNING | KNOWN_LATER or name.startswith(PREFIXES)
