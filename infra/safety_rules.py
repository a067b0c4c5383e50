"""Rules of data and entry: storage, domain, image, and what a stage insists on."""

from collections.abc import Iterator

from infra.problems import Problem
from infra.sections import (
    Autoscaling,
    Backup,
    Database,
    DomainName,
    Image,
    Notifications,
    Safeguards,
)


def storage_grows(database: Database) -> Iterator[Problem]:
    """The upper limit is not below the start."""
    if database.max_storage_gib < database.storage_gib:
        yield Problem(
            "database.max-storage-gib",
            str(database.max_storage_gib),
            f"storage-gib ({database.storage_gib}) or more is allowed",
            str(database.storage_gib),
        )


def names_are_in_the_zone(domain: DomainName) -> Iterator[Problem]:
    """Every name lies in the zone, which is given whole; no name twice."""
    names = [name for name in (domain.name, *domain.further_names) if name]
    if not names:
        return
    for key, value in (("domain.zone-name", domain.zone_name), ("domain.zone-id", domain.zone_id)):
        if not value:
            yield Problem(key, '""', "a stack with a domain needs it", "the Route 53 zone's own")
    for name in names:
        if (
            domain.zone_name
            and name != domain.zone_name
            and not name.endswith(f".{domain.zone_name}")
        ):
            yield Problem(
                "domain.name" if name == domain.name else "domain.further-names",
                f'"{name}"',
                f"names in the zone {domain.zone_name} are allowed",
                f"app.{domain.zone_name}",
            )
    if domain.further_names and not domain.name:
        yield Problem("domain.name", '""', "further names need a first one", names[0])
    if len(set(names)) < len(names):
        yield Problem(
            "domain.further-names", "a name twice", "each name once is allowed", "it once"
        )


def image_is_not_a_moving_target(image: Image) -> Iterator[Problem]:
    """`latest` would change under running tasks."""
    if image.uri.endswith(":latest"):
        yield Problem(
            "image.uri",
            f'"{image.uri}"',
            "a digest or a tag that never moves is allowed",
            f"{image.uri.removesuffix(':latest')}@sha256:...",
        )


def safeguards_hold(
    safeguards: Safeguards, domain: DomainName, notifications: Notifications
) -> Iterator[Problem]:
    """What the stage insists on is there."""
    if safeguards.https_required and not domain.name:
        yield Problem(
            "domain.name",
            '""',
            "this stack requires HTTPS (safeguards.https-required), which needs a name",
            "app.example.com, your own",
        )
    if safeguards.email_required and not notifications.emails:
        yield Problem(
            "notifications.emails",
            "[]",
            "this stack requires an address for failures (safeguards.email-required)",
            '["you@your-domain"]',
        )


def protection_is_whole(
    safeguards: Safeguards, database: Database, backup: Backup
) -> Iterator[Problem]:
    """A protected stack does not lose its data by a single setting."""
    if not safeguards.protect:
        return
    needed = {
        "database.deletion-protection": database.deletion_protection,
        "database.final-snapshot": database.final_snapshot,
        "database.keep-automated-backups": database.keep_automated_backups,
    }
    for key, holds in needed.items():
        if not holds:
            yield Problem(key, "false", "true is allowed while safeguards.protect is on", "true")
    if backup.vault_force_destroy:
        yield Problem(
            "backup.vault-force-destroy",
            "true",
            "false is allowed while safeguards.protect is on",
            "false",
        )


def listed_once(notifications: Notifications, database: Database) -> Iterator[Problem]:
    """Each entry makes a resource of its own, which cannot be declared twice."""
    lists = {
        "notifications.emails": notifications.emails,
        "database.log-exports": database.log_exports,
    }
    for key, entries in lists.items():
        for entry in sorted({entry for entry in entries if entries.count(entry) > 1}):
            yield Problem(key, f'"{entry}" twice', "each entry once is allowed", f'"{entry}" once')


def one_zone_may_fail(
    safeguards: Safeguards, autoscaling: Autoscaling, database: Database
) -> Iterator[Problem]:
    """With redundancy required, two tasks run at any time and the database has a standby."""
    if not safeguards.redundancy_required:
        return
    reason = "while safeguards.redundancy-required is on, as a zone may fail"
    limits = {"autoscaling.min-tasks": autoscaling.min_tasks}
    for position, action in enumerate(autoscaling.schedule):
        limits[f"autoscaling.schedule.{position}.min-tasks"] = action.min_tasks
    for key, tasks in limits.items():
        if tasks < 2:
            yield Problem(key, str(tasks), f"2 or more is allowed {reason}", "2")
    if not database.multi_az:
        yield Problem("database.multi-az", "false", f"true is allowed {reason}", "true")


SAFETY_RULES = (
    storage_grows,
    names_are_in_the_zone,
    image_is_not_a_moving_target,
    listed_once,
    safeguards_hold,
    protection_is_whole,
    one_zone_may_fail,
)
