"""What must not be lost."""

from dataclasses import dataclass

import pulumi

from infra.components.backup import Backup, BackupArgs
from infra.components.credentials import Credentials, CredentialsArgs
from infra.components.database import Database, DatabaseArgs
from infra.components.registry import Registry, RegistryArgs
from infra.layers.ground import Ground
from infra.settings import Settings
from infra.tags import BACKUP_TAG


@dataclass(frozen=True)
class Data:
    """What must not be lost."""

    database: Database
    credentials: Credentials
    registry: Registry
    backup: Backup


def create_data(settings: Settings, ground: Ground, opts: pulumi.ResourceOptions) -> Data:
    """Database, the application's secret, images and backups."""
    name, key_arn = settings.prefix, ground.keys.data_key_arn
    database = Database(
        name,
        DatabaseArgs(
            settings=settings.database,
            identifier=name,
            account_id=settings.account_id,
            subnet_ids=ground.network.database_subnet_ids,
            group_id=ground.firewall.database_group_id,
            kms_key_arn=key_arn,
            backup_owner=settings.backup.continuous_days > 0,
            protect=settings.safeguards.protect,
            tags={BACKUP_TAG: name},
            after=[ground.logs],
        ),
        opts,
    )
    credentials = Credentials(
        name,
        CredentialsArgs(
            kms_key_arn=key_arn,
            values=settings.secrets,
            recovery_window_days=settings.credentials.recovery_window_days,
            protect=settings.safeguards.protect,
        ),
        opts,
    )
    registry = Registry(
        name,
        RegistryArgs(
            force_delete=settings.registry.force_delete,
            kms_key_arn=key_arn,
        ),
        opts,
    )
    backup = Backup(
        name,
        BackupArgs(
            settings=settings.backup,
            tag_value=name,
            vault_key_arn=ground.keys.vault_key_arn,
            topic_arn=ground.notifications.topic_arn,
            protect=settings.safeguards.protect,
        ),
        opts,
    )
    return Data(database, credentials, registry, backup)
