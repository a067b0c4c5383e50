"""The owner of a database as RDS has it: no superuser. The superuser is RDS's own, `rdsadmin`.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.Roles.html
"""

from __future__ import annotations

import secrets
from typing import Any

from ministack.services import rds

from emulated.server.patching import Function, replace_each
from emulated.server.postgres_settings import ADMIN
from emulated.server.settings import ServerSettings

# The same for every server: a snapshot of one may be restored into another.
_PASSWORD = secrets.token_urlsafe()


def install(settings: ServerSettings) -> None:
    """Start servers with RDS's superuser; `database_server` makes the owner once they run."""
    if settings.containers:
        replace_each(
            rds,
            {"_docker_image_for_engine": _administered, "_wait_for_database_ready": _as_admin},
        )


def _administered(original: Function) -> Function:
    def image(engine: str, *rest: Any) -> Any:
        name, environment, port, folder = original(engine, *rest)
        if engine == "postgres":
            admin = {"POSTGRES_USER": ADMIN, "POSTGRES_PASSWORD": _PASSWORD}
            environment = {**environment, **admin}
        return name, environment, port, folder

    return image


def _as_admin(original: Function) -> Function:
    def wait(
        host: str, port: int, engine: str, user: str, password: str, name: str, alive: Any
    ) -> Any:
        if engine == "postgres":
            user, password = ADMIN, _PASSWORD
        return original(host, port, engine, user, password, name, alive)

    return wait
