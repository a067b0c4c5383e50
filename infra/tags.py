"""Tags of everything the stack makes."""

from infra.settings import Settings

BACKUP_TAG = "Backup"


def default_tags(settings: Settings) -> dict[str, str]:
    """Tags that the provider puts on every resource that takes tags."""
    return {
        "Project": settings.app_name,
        "Environment": settings.stage,
        "Owner": settings.owner,
        "ManagedBy": "pulumi",
        "Repository": settings.repository,
    }
