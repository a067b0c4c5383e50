"""What a stack's state says: which resources exist, and what a destroy would do with them."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

DATABASE = "aws:rds/instance:Instance"


@dataclass(frozen=True)
class Held:
    """One resource that exists."""

    type: str
    name: str
    id: str
    protect: bool
    retained: bool
    inputs: Mapping[str, Any]


def held_resources(export: Mapping[str, Any]) -> list[Held]:
    """The real resources of `pulumi stack export`: no components, providers or the stack itself."""
    resources = (export.get("deployment") or {}).get("resources") or []
    return [
        Held(
            type=entry["type"],
            name=entry["urn"].rpartition("::")[2],
            id=str(entry.get("id", "")),
            protect=bool(entry.get("protect")),
            retained=bool(entry.get("retainOnDelete")),
            inputs=entry.get("inputs") or {},
        )
        for entry in resources
        if entry.get("custom") and not entry["type"].startswith("pulumi:")
    ]


def short_type(token: str) -> str:
    """`aws:rds/instance:Instance` as `rds instance`."""
    module = token.split(":")[1] if token.count(":") == 2 else token
    return module.replace("/", " ")


def counted(resources: list[Held]) -> list[str]:
    """How many of which type, the most frequent first."""
    counts = Counter(short_type(held.type) for held in resources)
    return [f"{number} x {name}" for name, number in counts.most_common()]


# What AWS or the provider asks of a resource before it lets it be deleted, as last applied.
_DELETABLE_ONLY_WITH = {
    DATABASE: ("deletionProtection", False),
    "aws:lb/loadBalancer:LoadBalancer": ("enableDeletionProtection", False),
    "aws:ecr/repository:Repository": ("forceDelete", True),
    "aws:backup/vault:Vault": ("forceDestroy", True),
    "aws:s3/bucket:Bucket": ("forceDestroy", True),
}


def still_protected(resources: list[Held]) -> list[str]:
    """What would stop a destroy now, one line each; empty when nothing does."""
    return [line for held in resources for line in _protections(held)]


def _protections(held: Held) -> Iterator[str]:
    if held.protect:
        yield f"{short_type(held.type)} {held.name}: protected by Pulumi"
    key, wanted = _DELETABLE_ONLY_WITH.get(held.type, ("", False))
    # An input that was never given counts as false, as it does in the provider.
    if key and bool(held.inputs.get(key)) is not wanted:
        yield f"{short_type(held.type)} {held.name}: {key} is {str(not wanted).lower()}"


def kept(resources: list[Held]) -> list[str]:
    """What AWS still holds after a destroy, one line each with how long."""
    return [line for held in resources if held.type.startswith("aws:") for line in _remains(held)]


def _remains(held: Held) -> Iterator[str]:
    given = held.inputs
    what = f"{short_type(held.type)} {held.id or held.name}"
    if held.retained or given.get("skipDestroy"):
        yield f"{what}: stays in AWS as it is"
    elif held.type == DATABASE:
        if not given.get("skipFinalSnapshot"):
            yield f"{what}: final snapshot {given.get('finalSnapshotIdentifier', '')}".rstrip()
        if given.get("deleteAutomatedBackups") is False:
            days = given.get("backupRetentionPeriod", 0)
            yield f"{what}: automated backups, for {days} days"
    elif held.type == "aws:kms/key:Key":
        days = given.get("deletionWindowInDays", 30)
        yield f"{what}: deleted after {days} days, can be restored until then"
    elif held.type == "aws:secretsmanager/secret:Secret":
        days = given.get("recoveryWindowInDays", 30)
        if days:
            yield f"{what}: deleted after {days} days, can be restored until then"
