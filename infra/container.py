"""The web container's definition, as ECS takes it."""

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
# Longer than the balancer waits, so the server never closes a connection that is about to be used.
KEEP_ALIVE_MARGIN_SECONDS = 15
LOG_BUFFER = "4m"


@dataclass(frozen=True, kw_only=True)
class WebContainer:
    """What differs between web containers; values may be Pulumi outputs."""

    image: Any
    region: str
    log_group: Any
    stop_timeout_seconds: int
    exec_enabled: bool
    environment: Mapping[str, Any]
    secrets: Mapping[str, Any]


def volume_names(*, exec_enabled: bool) -> list[str]:
    """Empty volumes of the task."""
    return [SCRATCH_VOLUME, *(EXEC_PATHS if exec_enabled else ())]


def web_container(web: WebContainer) -> dict[str, Any]:
    """One container definition; environment and secrets in order, as ECS returns them."""
    mounts = {SCRATCH_VOLUME: SCRATCH_PATH, **(EXEC_PATHS if web.exec_enabled else {})}
    return {
        "name": "web",
        "image": web.image,
        "essential": True,
        "user": USER,
        "readonlyRootFilesystem": True,
        "stopTimeout": web.stop_timeout_seconds,
        "portMappings": [{"containerPort": PORT, "hostPort": PORT, "protocol": "tcp"}],
        "linuxParameters": {"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}},
        "mountPoints": [
            {"sourceVolume": volume, "containerPath": path, "readOnly": False}
            for volume, path in mounts.items()
        ],
        "environment": [
            {"name": name, "value": value} for name, value in sorted(web.environment.items())
        ],
        "secrets": [
            {"name": name, "valueFrom": value} for name, value in sorted(web.secrets.items())
        ],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": web.log_group,
                "awslogs-region": web.region,
                "awslogs-stream-prefix": "web",
                "max-buffer-size": LOG_BUFFER,
                "mode": "non-blocking",
            },
        },
    }


def web_environment(
    *,
    stage: str,
    log_level: str,
    threads: int,
    stop_timeout_seconds: int,
    idle_timeout_seconds: int,
    domain: str,
    further_domains: Sequence[str],
) -> dict[str, str]:
    """Plain configuration of the application; its contract is docs/your-application.md."""
    return {
        "APP_ENV": stage,
        "DOMAIN": domain,
        "DOMAIN_ALIASES": ",".join(further_domains),
        "KEEP_ALIVE": str(idle_timeout_seconds + KEEP_ALIVE_MARGIN_SECONDS),
        "LOG_FORMAT": "json",
        "LOG_LEVEL": log_level,
        "MIGRATE_ON_START": "true",
        "PORT": str(PORT),
        "SESSION_COOKIE_SECURE": "true" if domain else "false",
        "STOP_TIMEOUT": str(stop_timeout_seconds),
        "THREADS": str(threads),
        "TRUSTED_PROXIES": "1",
    }
