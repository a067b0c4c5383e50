"""AWS Backup: what it has copied and restored, which is nothing; the emulated one only plans."""

from __future__ import annotations

import json
from typing import Any

from moto.backup.responses import BackupResponse

from emulated.server.moto_services.backup_calls import route


def install() -> None:
    """Add the calls that moto lacks."""
    route("backup-jobs(?P<rest>/?)")
    route("resources/(?P<resource>.+)/restore-jobs(?P<rest>/?)")
    BackupResponse.list_backup_jobs = _no_backups
    BackupResponse.list_restore_jobs_by_protected_resource = _no_restores


def _no_backups(_response: Any) -> str:
    return json.dumps({"BackupJobs": []})


def _no_restores(_response: Any) -> str:
    return json.dumps({"RestoreJobs": []})
