"""What stacks declare, recorded once per set of changes; and ways to read a recording."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from infra.settings import Settings
from planning.recording import Recording, Resource
from tests.support import stacks
from tests.support.tokens import SERVICE, TASK_DEFINITION

TASK: Final = "flask-fargate:task:Task"
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
    "processes.worker.max-tasks": 1,
    "processes.worker.health-command": "",
    "release.migrations-path": "",
    "queues": {},
    "storage.enabled": False,
    "cache.enabled": False,
    "mail.enabled": False,
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
    "config": {"FEATURE_FLAG": "on", "PAGE_SIZE": 20},
    "secrets": {"API_TOKEN": {"secure": "token-of-rich"}, "LICENCE": {"secure": "licence-of-rich"}},
    "service.exec-enabled": True,
    "processes.worker.min-tasks": 0,
    "storage.cors-origins": ["https://www.example.com", "http://localhost:8000"],
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

# An application that only serves requests.
WEB_ALONE: Final = "web: python -m app web\n"
LONE: Final[Mapping[str, Any]] = {"processes": {}, "queues": {}}

# Jobs on RabbitMQ, which scales nothing.
RABBITMQ: Final[Mapping[str, Any]] = {
    "broker.kind": "rabbitmq",
    "processes.worker.max-tasks": 1,
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
    "release.cpu-units": 1024,
    "release.memory-mib": 2048,
    "processes.worker.cpu-units": 2048,
    "processes.worker.memory-mib": 5120,
    "processes.worker.stop-timeout-seconds": 90,
    "processes.worker.health-command": "test -e /tmp/alive",
    "processes.schedule.spot": True,
    "queues.worker.longest-job-seconds": 1000,
    "queues.worker.max-receives": 3,
    "queues.worker.retention-days": 9,
    "queues.worker.backlog-per-task": 25,
    "storage.noncurrent-days": 77,
    "cache.node-type": "cache.m7g.large",
    "cache.engine-version": "8.0",
    "cache.replicas": 2,
    "cache.snapshot-days": 11,
    "mail.from-address": "polls@mail.example.com",
    "mail.from-name": "The polls",
    "logs.retention-days": 180,
    "backup.vault-lock": False,
    "waf.requests-per-five-minutes": 500,
}


# Shape -> stack, changes of its file, and the text of another Procfile.
SHAPES: Final[Mapping[str, tuple[str, Mapping[str, Any], str]]] = {
    "prod": ("prod", {}, ""),
    "staging": ("staging", {}, ""),
    "emulated": ("emulated", {}, ""),
    "bare": ("prod", BARE, ""),
    "rich": ("prod", RICH, ""),
    "rabbitmq": ("prod", RABBITMQ, ""),
    "lone": ("prod", LONE, WEB_ALONE),
}


def shape(name: str, *, unknowns: bool = False) -> Recording:
    """One of the shapes above."""
    stack, changes, procfile = SHAPES[name]
    return plan(changes, stack, procfile=procfile, unknowns=unknowns)


def settings(changes: Mapping[str, Any] | None = None, stack: str = "prod") -> Settings:
    """A stack's settings with some keys changed: `{"database.multi-az": False}`."""
    return stacks.settings_of(stack, changes)


def plan(
    changes: Mapping[str, Any] | None = None,
    stack: str = "prod",
    *,
    unknowns: bool = False,
    procfile: str = "",
) -> Recording:
    """What a stack declares with some keys changed; recorded once.

    `{"secure": text}` stands for an encrypted value, as in a stack's file. `procfile` is the text
    of another Procfile than the application's.
    """
    return _plan(json.dumps(changes or {}, sort_keys=True), stack, unknowns, procfile)


@cache
def _plan(changes: str, stack: str, unknowns: bool, procfile: str) -> Recording:
    found = json.loads(changes)
    with TemporaryDirectory() as folder:
        path = stacks.PROCFILE
        if procfile:
            path = Path(folder, "Procfile")
            path.write_text(procfile)
        return stacks.recorded(stack, found, unknowns=unknowns, procfile=path)


def document(resource: Resource, key: str = "policy") -> dict[str, Any]:
    """A policy or another JSON text among a resource's arguments."""
    found: dict[str, Any] = json.loads(resource.inputs[key])
    return found


def statements(resource: Resource, key: str = "policy") -> list[dict[str, Any]]:
    """The statements of a resource's policy."""
    found: list[dict[str, Any]] = document(resource, key)["Statement"]
    return found


def processes(recording: Recording) -> list[str]:
    """The names of what runs: those of the Procfile, in its order, and the console."""
    return [each.name.removeprefix(prefix(recording) + "-") for each in recording.of_type(TASK)]


def prefix(recording: Recording) -> str:
    """What all names of the stack begin with."""
    return recording.only("pulumi:providers:aws").name


def task(recording: Recording, process: str = "web") -> Resource:
    """The task definition of a process."""
    return recording.named(f"{prefix(recording)}-{process}", TASK_DEFINITION)


def service(recording: Recording, process: str = "web") -> Resource:
    """The service of a process."""
    return recording.named(f"{prefix(recording)}-{process}", SERVICE)


def container(recording: Recording, process: str = "web") -> dict[str, Any]:
    """The one container of a process's task."""
    (found,) = json.loads(task(recording, process).inputs["containerDefinitions"])
    return dict(found)


def environment(recording: Recording, process: str = "web") -> dict[str, str]:
    """The plain variables of a process."""
    return {each["name"]: each["value"] for each in container(recording, process)["environment"]}


def secrets(recording: Recording, process: str = "web") -> dict[str, str]:
    """What the secret variables of a process refer to."""
    return {each["name"]: each["valueFrom"] for each in container(recording, process)["secrets"]}


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
