"""Names of variables that look like ours and are none: a mistyped name would do nothing."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path

from dotenv import dotenv_values

from app.problems import Unknown

# Nobody else's variables begin like these, but for those below.
PREFIXES = (
    "ADMIN_",
    "BROKER_",
    "CACHE_",
    "DATABASE_",
    "DEFAULT_STORAGE_",
    "MAIL_",
    "METRICS_",
    "SECRET_",
    "SECURE_",
    "SENTRY_",
    "SESSION_",
    "SYSLOG_",
)
# Desktops set it for every program.
OTHERS = frozenset({"SESSION_MANAGER"})
ENV_FILE = Path(".env")


def unknown_names(known: Iterable[str]) -> Iterator[Unknown]:
    """The variables of the environment and of `.env` that begin like ours but are not `known`."""
    ours = {name.upper() for name in known} | OTHERS
    from_file = dotenv_values(ENV_FILE, interpolate=False) if ENV_FILE.is_file() else {}
    for name in sorted({*os.environ, *from_file}):
        upper = name.upper()
        if upper.startswith(PREFIXES) and upper not in ours:
            near = get_close_matches(upper, ours - OTHERS, n=1, cutoff=0)
            yield Unknown(name, near[0])
