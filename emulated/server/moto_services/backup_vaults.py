"""AWS Backup: policies and notifications of a vault, and its (empty) recovery points."""

from __future__ import annotations

import json
from typing import Any

from moto.backup.responses import BackupResponse

from emulated.server.moto_services.backup_calls import found, parts_after, route, shelf

# The last part of a vault's path: the kind of record, and its name in the calls.
VAULT_SETTINGS = {
    "access-policy": "access_policy",
    "notification-configuration": "notifications",
}


def install() -> None:
    """Add the calls that moto lacks."""
    for setting, name in VAULT_SETTINGS.items():
        route(f"backup-vaults/(?P<name>[^/]+)/{setting}")
        setattr(BackupResponse, f"put_backup_vault_{name}", _put)
        setattr(BackupResponse, f"get_backup_vault_{name}", _get)
        setattr(BackupResponse, f"delete_backup_vault_{name}", _delete)
    for path in ("recovery-points", "recovery-points/"):
        route(f"backup-vaults/(?P<name>[^/]+)/{path}")
    BackupResponse.list_recovery_points_by_backup_vault = _list_recovery_points


def _named(response: Any) -> tuple[str, str]:
    """Vault and setting of a request's path."""
    vault, setting = parts_after(response, "backup-vaults")[:2]
    return vault, setting


def _put(response: Any) -> str:
    vault, setting = _named(response)
    shelf(response, setting)[vault] = json.loads(response.body)
    return "{}"


def _get(response: Any) -> str:
    vault, setting = _named(response)
    record = found(shelf(response, setting), vault, setting)
    owner = f"arn:aws:backup:{response.region}:{response.current_account}"
    names = {"BackupVaultName": vault, "BackupVaultArn": f"{owner}:backup-vault:{vault}"}
    return json.dumps({**names, **record})


def _delete(response: Any) -> str:
    vault, setting = _named(response)
    shelf(response, setting).pop(vault, None)
    return "{}"


def _list_recovery_points(_response: Any) -> str:
    return json.dumps({"RecoveryPoints": []})
