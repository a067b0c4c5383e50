"""What the gates of an update do: run the release phase, watch the rollout."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pulumi

# The package alone, which loads nothing. A hook runs after the program's end, when the program's
# folder has left Python's path: modules are found in packages that are known by then.
import release  # noqa: F401
from infra.naming import ROLLBACK_MARK
from infra.procfile import ONE_OFF, RELEASE, Procfile
from infra.settings import Settings

if TYPE_CHECKING:
    from release.clients import Clients
    from release.rollback_notice import RollbackNotice

# The AWS SDK is imported in the functions that call AWS: a plan does without it, and is faster.


def announce_phase(
    procfile: Procfile, before: Mapping[str, str], after: Mapping[str, str] | None
) -> str:
    """One line for a preview: what would run, and why."""
    command = procfile.release.command if procfile.release else ""
    return (
        f"release phase: would run `{command}` in a task of its own before any service changes "
        f"({_why(before, after)})"
    )


def announce_rollout(
    before: Mapping[str, str],
    after: Mapping[str, str] | None,
    rollback: "RollbackNotice | None" = None,
) -> str:
    """One line for a preview: which processes would be rolled out, and which from a rollback."""
    back = _back(rollback, after) if rollback else ""
    if after is None:
        return f"rollout: new tasks would replace the old ones, watched until they serve{back}"
    changed = ", ".join(sorted(name for name in after if before.get(name) != after[name]))
    if changed:
        return f"rollout: new tasks of {changed} would replace the old ones, and be watched{back}"
    gone = ", ".join(sorted(before.keys() - after.keys() - {ROLLBACK_MARK}))
    watched = f"{gone} would end, and what stays" if gone else "all processes"
    return f"rollout: {watched} would be watched{back}"


def _back(rollback: "RollbackNotice", after: Mapping[str, str] | None) -> str:
    """What an update does to what was gone back to, whether or not it changes that process."""
    moved = ", ".join(name for name in rollback.processes if after is None or name in after)
    return (
        f"; {moved} would go from release {rollback.back_to}, which a rollback brings back, to "
        "what the program describes"
    )


def _why(before: Mapping[str, str], after: Mapping[str, str] | None) -> str:
    if not before:
        return "first release"
    if after is None:
        return "image or configuration changed"
    changed = [name for name in after if before.get(name) != after[name]]
    return f"{' and '.join(changed)} changed"


def run_phase(
    settings: Settings, procfile: Procfile, schema: str, root: Path, needs: Mapping[str, Any]
) -> None:
    """Run the release task to its end; ReleaseError fails the update."""
    from release import phase
    from release.progress import SystemClock

    request = phase.PhaseRequest(
        prefix=settings.prefix,
        table_name=needs["table_name"],
        cluster=needs["cluster"],
        task_definition=needs["task_definition"],
        container=RELEASE,
        subnet_ids=tuple(needs["subnet_ids"]),
        group_ids=(needs["group_id"],),
        log_group=needs["log_group"],
        log_prefix=RELEASE,
        timeout_seconds=settings.release.timeout_seconds,
        image=needs["image"],
        command=procfile.release.command if procfile.release else "",
        configuration=needs["configuration"],
        schema=schema,
        database_identifier=settings.prefix,
        snapshot=settings.release.snapshot,
        root=root,
    )
    phase.run(request, _clients(settings), pulumi.log.info, SystemClock())


def watch_rollout(
    settings: Settings, procfile: Procfile, schema: str, root: Path, needs: Mapping[str, Any]
) -> None:
    """Watch all services until they run what was asked; then let go what no release needs."""
    from release import retention, rollout
    from release.progress import SystemClock

    definitions = needs["task_definitions"]
    services = tuple(
        rollout.WatchedService(
            process=process,
            service_name=service_name,
            task_definition=definitions[process],
            target_group_arn=needs["target_group_arns"].get(process),
            log_group=needs["log_groups"][process],
            log_prefix=process,
            container=process,
        )
        for process, service_name in sorted(needs["service_names"].items())
    )
    request = rollout.RolloutRequest(
        prefix=settings.prefix,
        table_name=needs["table_name"],
        cluster=needs["cluster"],
        services=services,
        timeout_seconds=settings.release.rollout_timeout_seconds,
        image=needs["image"],
        configuration=needs["configuration"],
        schema=schema,
        command=procfile.release.command if procfile.release else "",
        one_off_task_definitions={
            name: definitions[name] for name in definitions if name in ONE_OFF
        },
        root=root,
    )
    clients = _clients(settings)
    rollout.watch(request, clients, pulumi.log.info, SystemClock())
    retention.expire(
        retention.RetentionRequest(
            prefix=settings.prefix,
            table_name=needs["table_name"],
            cluster=needs["cluster"],
            services=tuple(needs["service_names"].values()),
            repository_name=needs["repository_name"],
            registry_id=needs["registry_id"],
            families=tuple(needs["families"]),
            kept_releases=settings.release.kept_releases,
        ),
        clients,
        pulumi.log.info,
    )


def _clients(settings: Settings) -> "Clients":
    from release.clients import Access, Clients

    return Clients(
        Access(
            region=settings.region,
            account_id=settings.account_id,
            endpoints=settings.aws_endpoints,
        )
    )
