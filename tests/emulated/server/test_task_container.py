"""A container definition in the words of the Docker SDK."""

from __future__ import annotations

from typing import Any

from emulated.server.task_container import (
    container_settings,
    is_ephemeral,
    open_limits,
    volume_binds,
    volume_name,
)

TASK: dict[str, Any] = {
    "cpu": "512",
    "memory": "1024",
    "volumes": [
        {"name": "tmp"},
        {"name": "files", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}},
        {"name": "socket", "host": {"sourcePath": "/run/x"}},
    ],
}
TASK_ID = "0123456789abcdef"


def test_a_container_runs_as_its_definition_says() -> None:
    container = {
        "user": "10001",
        "entryPoint": ["/init"],
        "workingDirectory": "/srv",
        "readonlyRootFilesystem": True,
        "linuxParameters": {"initProcessEnabled": True},
    }
    settings = container_settings(container, {}, cpu_limit=True)
    assert settings == {
        "user": "10001",
        "entrypoint": ["/init"],
        "working_dir": "/srv",
        "read_only": True,
        "init": True,
    }, "a task would run with other rights here than on AWS"


def test_memory_and_processor_limits_are_the_containers_or_else_the_tasks() -> None:
    settings = container_settings({}, TASK, cpu_limit=True)
    assert settings["mem_limit"] == 1024 * 1024 * 1024
    assert (settings["cpu_quota"], settings["cpu_period"]) == (50_000, 100_000), "not half a vCPU"
    own = container_settings({"memory": 256, "cpu": 256}, TASK, cpu_limit=True)
    assert (own["mem_limit"], own["cpu_quota"]) == (256 * 1024 * 1024, 25_000)


def test_a_slow_machine_may_do_without_the_processor_limit() -> None:
    assert "cpu_quota" not in container_settings({}, TASK, cpu_limit=False)


def test_the_smallest_processor_share_is_one_that_linux_accepts() -> None:
    assert container_settings({"cpu": 2}, {}, cpu_limit=True)["cpu_quota"] == 1_000


def test_open_files_stay_within_what_the_engine_can_give() -> None:
    container = {
        "ulimits": [
            {"name": "nofile", "softLimit": 65536, "hardLimit": 65536},
            {"name": "core", "softLimit": 9999, "hardLimit": 9999},
        ]
    }
    assert open_limits(container, 1024) == [
        {"Name": "nofile", "Soft": 1024, "Hard": 1024},
        {"Name": "core", "Soft": 9999, "Hard": 9999},
    ], "the engine would refuse to start the container"
    assert open_limits({}, 1024) == []


def test_volumes_are_mounted_by_a_name_of_the_task() -> None:
    container = {
        "mountPoints": [
            {"sourceVolume": "tmp", "containerPath": "/tmp"},
            {"sourceVolume": "files", "containerPath": "/files", "readOnly": True},
            {"sourceVolume": "socket", "containerPath": "/socket"},
            {"sourceVolume": "unknown", "containerPath": "/unknown"},
        ]
    }
    assert volume_binds(container, TASK, TASK_ID) == [
        "ministack-ecs-01234567-tmp:/tmp:rw",
        "ministack-efs-fs-1:/files:ro",
    ], "two tasks would share their /tmp, or lose a shared file system"


def test_only_a_tasks_own_volume_dies_with_it() -> None:
    kept = [volume["name"] for volume in TASK["volumes"] if not is_ephemeral(volume)]
    assert kept == ["files", "socket"], "a file system of other tasks would be deleted"
    assert volume_name(TASK_ID, {"name": "tmp"}) == "ministack-ecs-01234567-tmp"
