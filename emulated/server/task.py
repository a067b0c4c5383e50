"""Tasks of ECS as containers: how they are run, and why one could not be."""

from __future__ import annotations

from typing import Any

from docker.types import Ulimit
from ministack.services import ecs, ssm

from emulated.server.image_pull import start_failure
from emulated.server.patching import Function, replace
from emulated.server.settings import ServerSettings
from emulated.server.task_container import container_settings, open_limits, volume_binds

Record = dict[str, Any]
# Failures that ECS also notes at the containers, which then have no exit code.
OF_THE_CONTAINER = ("CannotPullContainerError", "CannotStartContainerError")
# Text that a task may not have.
OMITTED_WHEN_BLANK = ("startedBy", "stopCode", "stoppedReason", "platformFamily")


def install(settings: ServerSettings) -> None:
    """Complete what ministack gives the engine, and what it says about an image it cannot pull."""

    def completing(original: Function) -> Function:
        return completed(original, settings)

    replace(ecs, "_build_run_kwargs", completing)
    replace(ecs, "_fail_task_start", _with_the_words_of_ecs)
    replace(ecs, "_sanitize", _without_blanks)
    replace(ssm, "resolve_parameter_value", _decrypted)


def definition_of(task: Record) -> Record:
    """The task definition that a task runs; empty when it is gone."""
    found: Record | None = ecs._task_defs.get(
        ecs._resolve_td_key(task.get("taskDefinitionArn", ""))
    )
    return found or {}


def completed(original: Function, settings: ServerSettings) -> Function:
    """The function that makes the engine's settings of a container, with those left out added."""

    def build(container: Record, definition: Record, *rest: Any) -> Record:
        options: Record = original(container, definition, *rest)
        # After the definitions: environment, ports, network, host mode, task id, task ARN.
        task_id, task_arn = rest[4], rest[5]
        options |= container_settings(container, definition, cpu_limit=settings.task_cpu_limit)
        if limits := open_limits(container, settings.open_files_cap):
            options["ulimits"] = [Ulimit(**limit) for limit in limits]
        options["labels"] = {**(container.get("dockerLabels") or {}), **options["labels"]}
        if binds := volume_binds(container, definition, task_id):
            options["volumes"] = [*(options.get("volumes") or []), *binds]
        if definition.get("networkMode") == "awsvpc":
            _share_network(options, ecs._tasks.get(task_arn) or {})
        return options

    return build


def _share_network(options: Record, task: Record) -> None:
    """Put a further container of a task into the first one's network, as behind one interface."""
    first = next(iter(task.get("_docker_ids") or []), None)
    if first:
        for name in ("network", "extra_hosts", "ports"):
            options.pop(name, None)
        options["network_mode"] = f"container:{first}"


def _with_the_words_of_ecs(original: Function) -> Function:
    def fail(task: Record, client: Any, reason: str) -> Any:
        worded = start_failure(reason)
        if worded.startswith(OF_THE_CONTAINER):
            for container in task.get("containers", []):
                container["reason"] = worded
        return original(task, client, worded)

    return fail


def _without_blanks(original: Function) -> Function:
    """ECS leaves out what a task does not have."""

    def sanitize(value: Any) -> Any:
        shown = original(value)
        if not isinstance(shown, dict):
            return shown
        return {k: v for k, v in shown.items() if v != "" or k not in OMITTED_WHEN_BLANK}

    return sanitize


def _decrypted(original: Function) -> Function:
    # Secrets of a container definition get a SecureString in clear, as from AWS.
    def resolve(name: str, version: Any = None, **_options: Any) -> Any:
        return original(name, version, decrypt=True)

    return resolve
