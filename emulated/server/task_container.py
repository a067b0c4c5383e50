"""A container definition in the words of the Docker SDK: what ministack leaves out of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# One vCPU of ECS is 1024 units; the engine takes microseconds of processor time per period.
CPU_UNITS_PER_VCPU = 1024
CPU_PERIOD_MICROSECONDS = 100_000
# The least that Linux accepts as a quota.
MINIMUM_QUOTA_MICROSECONDS = 1_000
MIB = 1024 * 1024
# Docker's word beside that of ECS.
PLAIN_SETTINGS = {
    "user": "user",
    "entrypoint": "entryPoint",
    "working_dir": "workingDirectory",
    "read_only": "readonlyRootFilesystem",
    "tty": "pseudoTerminal",
}

Definition = Mapping[str, Any]


def container_settings(
    container: Definition, task: Definition, *, cpu_limit: bool
) -> dict[str, Any]:
    """Settings of one container of a task: user, entry point, limits, init process."""
    found = {
        ours: container[theirs] for ours, theirs in PLAIN_SETTINGS.items() if container.get(theirs)
    }
    if memory := container.get("memory") or task.get("memory"):
        found["mem_limit"] = int(memory) * MIB
    cpu = container.get("cpu") or task.get("cpu")
    if cpu and cpu_limit:
        quota = int(int(cpu) / CPU_UNITS_PER_VCPU * CPU_PERIOD_MICROSECONDS)
        found["cpu_quota"] = max(MINIMUM_QUOTA_MICROSECONDS, quota)
        found["cpu_period"] = CPU_PERIOD_MICROSECONDS
    if (container.get("linuxParameters") or {}).get("initProcessEnabled"):
        found["init"] = True
    return found


def open_limits(container: Definition, cap: int) -> list[dict[str, Any]]:
    """Limits as the engine takes them, open files held at a cap: Name, Soft, Hard."""
    limits = []
    for limit in container.get("ulimits") or []:
        soft, hard = limit["softLimit"], limit["hardLimit"]
        if limit["name"] == "nofile":
            soft, hard = min(soft, cap), min(hard, cap)
        limits.append({"Name": limit["name"], "Soft": soft, "Hard": hard})
    return limits


def volume_name(task_id: str, volume: Definition) -> str:
    """The engine's name of a task's volume: its own for a task, shared when it is a file system."""
    file_system = (volume.get("efsVolumeConfiguration") or {}).get("fileSystemId")
    if file_system:
        return f"ministack-efs-{file_system}"
    return f"ministack-ecs-{task_id[:8]}-{volume['name']}"


def is_ephemeral(volume: Definition) -> bool:
    """Whether a volume lives and dies with its task."""
    on_host = (volume.get("host") or {}).get("sourcePath")
    return not on_host and not volume.get("efsVolumeConfiguration")


def volume_binds(container: Definition, task: Definition, task_id: str) -> list[str]:
    """Mounts of volumes that do not lie on the host, as ``name:path:rw``."""
    volumes = {volume.get("name"): volume for volume in task.get("volumes") or []}
    binds = []
    for mount in container.get("mountPoints") or []:
        volume = volumes.get(mount.get("sourceVolume"))
        if volume and not (volume.get("host") or {}).get("sourcePath"):
            mode = "ro" if mount.get("readOnly") else "rw"
            binds.append(f"{volume_name(task_id, volume)}:{mount['containerPath']}:{mode}")
    return binds
