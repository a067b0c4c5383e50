"""One container's definition, as ECS takes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PORT = 8000
# The image's numeric user; a name would need the image's passwd file.
USER = "10001:10001"
# The only place that the application may write to; the Dockerfile prepares it for the user.
SCRATCH_PATH = "/tmp"  # noqa: S108
SCRATCH_VOLUME = "tmp"
# ECS Exec's helper writes here [amazon-ecs containers-roadmap #1359].
EXEC_PATHS = {
    "managed-agents": "/managed-agents",
    "ssm-state": "/var/lib/amazon/ssm",
    "ssm-logs": "/var/log/amazon/ssm",
}
LOG_BUFFER = "4m"
# A console that nobody has ended ends by itself: with exit code 0, and at once when told to.
CONSOLE_SECONDS = 3600
CONSOLE_COMMAND = ("sleep", str(CONSOLE_SECONDS))
# Nothing in it needs time to end.
CONSOLE_STOP_SECONDS = 2
# A process is unhealthy after three failed checks, half a minute after its last sign of life.
HEALTH_INTERVAL_SECONDS, HEALTH_TIMEOUT_SECONDS, HEALTH_RETRIES = 10, 5, 3
# The longest that ECS lets a container start without counting failures [ECS API, HealthCheck].
HEALTH_START_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Container:
    """What differs between containers; values may be Pulumi outputs.

    `port` None: it serves nothing. `health_command` empty: the balancer checks it, or nobody does.
    """

    process: str
    image: Any
    command: Sequence[str]
    region: str
    log_group: Any
    stop_timeout_seconds: int
    environment: Mapping[str, Any]
    secrets: Mapping[str, Any]
    port: int | None = None
    health_command: str = ""
    exec_enabled: bool = False


def volume_names(*, exec_enabled: bool) -> list[str]:
    """Empty volumes of the task."""
    return [SCRATCH_VOLUME, *(EXEC_PATHS if exec_enabled else ())]


def definition(container: Container) -> dict[str, Any]:
    """One container definition; environment and secrets in order, as ECS returns them."""
    mounts = {SCRATCH_VOLUME: SCRATCH_PATH, **(EXEC_PATHS if container.exec_enabled else {})}
    return {
        "name": container.process,
        "image": container.image,
        "command": list(container.command),
        "essential": True,
        "user": USER,
        "readonlyRootFilesystem": True,
        "stopTimeout": container.stop_timeout_seconds,
        **_reached(container),
        "linuxParameters": {"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}},
        "mountPoints": [
            {"sourceVolume": volume, "containerPath": path, "readOnly": False}
            for volume, path in mounts.items()
        ],
        "environment": [
            {"name": name, "value": value} for name, value in sorted(container.environment.items())
        ],
        "secrets": [
            {"name": name, "valueFrom": value} for name, value in sorted(container.secrets.items())
        ],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": container.log_group,
                "awslogs-region": container.region,
                "awslogs-stream-prefix": container.process,
                "max-buffer-size": LOG_BUFFER,
                "mode": "non-blocking",
            },
        },
    }


def _reached(container: Container) -> dict[str, Any]:
    """Its port and its health check, where it has them."""
    found: dict[str, Any] = {}
    if container.port is not None:
        found["portMappings"] = [
            {"containerPort": container.port, "hostPort": container.port, "protocol": "tcp"}
        ]
    if container.health_command:
        found["healthCheck"] = {
            "command": ["CMD-SHELL", container.health_command],
            "interval": HEALTH_INTERVAL_SECONDS,
            "timeout": HEALTH_TIMEOUT_SECONDS,
            "retries": HEALTH_RETRIES,
            "startPeriod": HEALTH_START_SECONDS,
        }
    return found
