"""The process that serves what ministack lacks."""

from __future__ import annotations

from moto import server

from emulated.server.moto_services import (
    backup_jobs,
    backup_plans,
    backup_vaults,
    restore_testing,
    scaling,
)
from emulated.server.settings import ServerSettings

PARTS = (scaling, backup_jobs, backup_plans, backup_vaults, restore_testing)


def serve(settings: ServerSettings) -> None:
    """Put our parts around moto's and run it until it is stopped."""
    for part in PARTS:
        part.install()
    server.main(["-H", settings.bind_host, "-p", str(settings.moto_port)])
