"""What stacks declare, recorded once per set of changes; and ways to read a recording."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from infra.settings import Settings
from planning.recording import Recording, Resource
from tests.support import stacks

NEW_IMAGE: Final = "111122223333.dkr.ecr.us-east-1.amazonaws.com/app@sha256:" + "a" * 64

# Everything that a setting can take off, off.
BARE: Final[Mapping[str, Any]] = {
    "network.zones": ["us-east-1a", "us-east-1b"],
    "network.egress": "none",
    "domain": {"name": "", "further-names": [], "zone-name": "", "zone-id": ""},
    "balancer.deletion-protection": False,
    "database.multi-az": False,
    "database.final-snapshot": False,
    "database.deletion-protection": False,
    "database.keep-automated-backups": False,
    "database.performance-insights": False,
    "database.monitoring-interval-seconds": 0,
    "database.log-exports": [],
    "service.exec-enabled": True,
    "service.spot": True,
    "service.architecture": "X86_64",
    "autoscaling.min-tasks": 1,
    "autoscaling.max-tasks": 1,
    "image.uri": NEW_IMAGE,
    "keys.customer-managed": False,
    "backup.continuous-days": 0,
    "backup.vault-lock": False,
    "backup.vault-force-destroy": True,
    "waf.enabled": False,
    "notifications.emails": [],
    "safeguards": {
        "protect": False,
        "https-required": False,
        "email-required": False,
        "redundancy-required": False,
    },
}
# More than the stacks' files ask for.
RICH: Final[Mapping[str, Any]] = {
    "network.egress": "nat-gateway",
    "domain.further-names": ["example.com", "shop.example.com"],
    "notifications.emails": ["ops@example.com", "boss@example.com"],
    "service.exec-enabled": True,
    "autoscaling.schedule": [
        {
            "name": "sale",
            "cron": "cron(0 7 ? * MON-FRI *)",
            "timezone": "Europe/Berlin",
            "min-tasks": 4,
            "max-tasks": 6,
        }
    ],
}

# Other numbers than the stacks' files have, each of which must arrive where it belongs.
TUNED: Final[Mapping[str, Any]] = {
    "balancer.health-path": "/up",
    "balancer.health-interval-seconds": 7,
    "balancer.health-timeout-seconds": 3,
    "balancer.healthy-threshold": 3,
    "balancer.unhealthy-threshold": 4,
    "balancer.drain-seconds": 33,
    "balancer.idle-timeout-seconds": 90,
    "balancer.access-log-days": 99,
    "database.engine-version": "17",
    "database.port": 6000,
    "database.slow-statement-ms": 750,
    "service.cpu-units": 1024,
    "service.memory-mib": 3072,
    "service.architecture": "X86_64",
    "service.grace-seconds": 40,
    "service.stop-timeout-seconds": 45,
    "autoscaling.min-tasks": 3,
    "autoscaling.max-tasks": 5,
    "autoscaling.cpu-target-percent": 55,
    "autoscaling.requests-per-target-per-minute": 900,
    "registry.kept-images": 98,
    "logs.retention-days": 180,
    "backup.vault-lock": False,
    "waf.requests-per-five-minutes": 500,
}


def settings(changes: Mapping[str, Any] | None = None, stack: str = "prod") -> Settings:
    """A stack's settings with some keys changed: `{"database.multi-az": False}`."""
    return stacks.settings_of(stack, changes)


def plan(
    changes: Mapping[str, Any] | None = None, stack: str = "prod", *, unknowns: bool = False
) -> Recording:
    """What a stack declares with some keys changed; recorded once."""
    return _plan(json.dumps(changes or {}, sort_keys=True), stack, unknowns)


@cache
def _plan(changes: str, stack: str, unknowns: bool) -> Recording:
    return stacks.recorded(stack, json.loads(changes), unknowns=unknowns)


def document(resource: Resource, key: str = "policy") -> dict[str, Any]:
    """A policy or another JSON text among a resource's arguments."""
    found: dict[str, Any] = json.loads(resource.inputs[key])
    return found


def statements(resource: Resource, key: str = "policy") -> list[dict[str, Any]]:
    """The statements of a resource's policy."""
    found: list[dict[str, Any]] = document(resource, key)["Statement"]
    return found


def container(recording: Recording) -> dict[str, Any]:
    """The one container of the web service's task."""
    task = recording.only("aws:ecs/taskDefinition:TaskDefinition")
    (found,) = json.loads(task.inputs["containerDefinitions"])
    return dict(found)


def waits_for(recording: Recording, resource: Resource) -> set[str]:
    """Labels of everything that exists before a resource is created, near or far."""
    seen: set[str] = set()
    left = list(resource.depends_on)
    while left:
        urn = left.pop()
        if urn not in seen:
            seen.add(urn)
            found = recording.by_urn.get(urn)
            left += [*(found.depends_on if found else ()), *_ancestors(recording, found)]
    return {recording.by_urn[urn].label for urn in seen if urn in recording.by_urn}


def _ancestors(recording: Recording, resource: Resource | None) -> list[str]:
    parent = recording.by_urn.get(resource.parent or "") if resource else None
    return [parent.urn] if parent and parent.custom else []
