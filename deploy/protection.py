"""Which settings stop a destroy, and the two steps that take a protected stack down."""

from deploy.problems import Missing, RefusedError
from deploy.state import Held, still_protected
from deploy.target import Target


def refuse_while_protected(target: Target) -> None:
    """RefusedError with the keys to change, while the stack's YAML protects anything."""
    found = blockers(target)
    if not found:
        return
    raise RefusedError(
        f"{target.file_name} protects this stack, so nothing is deleted. Taking it down is two "
        "steps, because AWS and Pulumi obey these only once an `up` has applied them:\n"
        f"  1. write in {target.file_name} what is listed below, then: "
        f"make up STACK={target.stack}\n"
        f"  2. make down STACK={target.stack}",
        found,
    )


def blockers(target: Target) -> list[Missing]:
    """The settings that stop a destroy: what each does, what to write."""
    settings = target.settings
    found = [
        (
            settings.safeguards.protect,
            "Pulumi refuses to delete what holds data",
            "safeguards: protect: false",
        ),
        (
            settings.database.deletion_protection,
            "AWS refuses to delete the database",
            "database: deletion-protection: false",
        ),
        (
            settings.balancer.deletion_protection,
            "AWS refuses to delete the balancer",
            "balancer: deletion-protection: false",
        ),
        (
            not settings.registry.force_delete,
            "AWS refuses to delete a repository that holds images",
            "registry: force-delete: true (deletes the images)",
        ),
        (
            settings.backup.vault_lock,
            "recovery points of a locked vault cannot be deleted",
            "backup: vault-lock: false",
        ),
        (
            not settings.backup.vault_force_destroy,
            "AWS refuses to delete a vault that holds recovery points",
            "backup: vault-force-destroy: true (deletes the recovery points; copy what you need "
            "to another vault before)",
        ),
    ]
    return [Missing(what, f"Write {write}") for stops, what, write in found if stops]


def refuse_until_applied(target: Target, resources: list[Held]) -> None:
    """RefusedError when protections are off in the YAML but not yet in the cloud."""
    on = still_protected(resources)
    if on:
        raise RefusedError(
            f"{target.file_name} no longer protects this stack, but no `up` has applied that yet. "
            f"First: make up STACK={target.stack}, then: make down STACK={target.stack}",
            [Missing(line, "") for line in on],
        )
