"""Processes without a balancer, stopped for a while and started again as they were."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from infra.procfile import WEB
from ops.maintenance.notice import Stopped
from ops.scaling import TARGET, resource_id, set_number, targets
from release import deployments

if TYPE_CHECKING:
    from ops.clients import OpsClients
    from ops.outputs import Outputs

# Application Auto Scaling API, SuspendedState.
_FLAGS = (
    "DynamicScalingInSuspended",
    "DynamicScalingOutSuspended",
    "ScheduledScalingSuspended",
)


def read(clients: OpsClients, outputs: Outputs) -> Mapping[str, Stopped]:
    """Every worker that ECS has a service for, with its tasks and its scaling as they are now."""
    workers = [name for name in outputs.processes if name != WEB]
    names = {name: outputs.service_names[name] for name in workers}
    if not names:
        return {}
    found = deployments.describe(clients.ecs, outputs.cluster_name, list(names.values()))
    flags = dict(_flags(clients, outputs, workers))
    return {
        name: Stopped(tasks=found[service].desired, suspended=flags.get(name))
        for name, service in names.items()
        if found[service].status == "ACTIVE"
    }


def suspend(clients: OpsClients, outputs: Outputs, process: str, now: Stopped) -> None:
    """Nothing scales it any more. Before its tasks stop: scaling would start one again."""
    if now.suspended is not None and not all(now.suspended.values()):
        _suspend(clients, outputs, process, dict.fromkeys(_FLAGS, True))


def stop(clients: OpsClients, outputs: Outputs, process: str) -> None:
    """No task any more."""
    set_number(clients, outputs, process, 0)


def start(
    clients: OpsClients, outputs: Outputs, process: str, before: Stopped, now: Stopped
) -> None:
    """As many tasks as before, unless somebody has started some; then scaling as it was."""
    if before.tasks and not now.tasks:
        set_number(clients, outputs, process, before.tasks)
    if (
        before.suspended is not None
        and now.suspended is not None
        and now.suspended != before.suspended
    ):
        _suspend(clients, outputs, process, before.suspended)


def _flags(
    clients: OpsClients, outputs: Outputs, workers: Sequence[str]
) -> Iterator[tuple[str, Mapping[str, bool]]]:
    """What of each worker's scaling is suspended; those that nothing scales are left out."""
    for process, each in targets(clients.scaling, outputs, workers):
        state: Mapping[str, Any] = each.get("SuspendedState", {})
        yield process, {flag: bool(state.get(flag, False)) for flag in _FLAGS}


def _suspend(
    clients: OpsClients, outputs: Outputs, process: str, flags: Mapping[str, bool]
) -> None:
    state: Any = dict(flags)
    clients.scaling.register_scalable_target(
        **TARGET, ResourceId=resource_id(outputs, process), SuspendedState=state
    )
