"""The sections about releases, and about processes that serve no requests."""

from typing import Literal

from infra.setting_types import FolderPath, HealthCommand, Section, setting

CpuUnits = Literal[256, 512, 1024, 2048, 4096, 8192, 16384]


class Release(Section):
    """The release phase, the rollout after it, and what is kept of each release."""

    cpu_units: CpuUnits = setting("CPU of the release task; 1024 is one vCPU", 256)
    memory_mib: int = setting("Memory of the release task", 512, ge=512, le=122880)
    timeout_seconds: int = setting(
        "The release task is stopped, and the update fails, after", 900, ge=60, le=21600
    )
    rollout_timeout_seconds: int = setting(
        "The update fails when the services are not healthy after", 600, ge=120, le=7200
    )
    migrations_path: FolderPath = setting(
        "Folder whose files change when the schema does; empty counts every release as one that "
        "changes it",
        "app/migrations/versions",
    )
    snapshot: bool = setting(
        "A snapshot is taken before a release that changes the schema; else its time is noted",
        True,
    )
    kept_releases: int = setting(
        "Releases that keep image, task definitions and snapshot, for rollback", 30, ge=3, le=100
    )


class Process(Section):
    """One process of the Procfile besides `web` and `release`, as a service of its own."""

    cpu_units: CpuUnits = setting("CPU of a task; 1024 is one vCPU", 256)
    memory_mib: int = setting("Memory of a task", 512, ge=512, le=122880)
    spot: bool = setting("Fargate Spot: cheaper, tasks may be taken away", True)
    min_tasks: int = setting("At least; 0 only with a queue, which wakes it", 1, ge=0, le=1000)
    max_tasks: int = setting("At most; more than min-tasks only with a queue", 2, ge=1, le=1000)
    stop_timeout_seconds: int = setting("From SIGTERM to SIGKILL", 60, ge=2, le=120)
    threads: int = setting(
        "Jobs that a task does at once, each with a database connection", 2, ge=1, le=64
    )
    health_command: HealthCommand = setting(
        "Run by the shell in the container every 10 seconds; exit code 0 says that it works. "
        "Empty: that it runs is enough",
        "",
    )


class Credentials(Section):
    """Secrets Manager."""

    recovery_window_days: Literal[0, 7, 14, 30] = setting(
        "A deleted secret can be restored for; 0 deletes at once", 30
    )
