"""What runs: image, cluster, and the task of each process."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi

from infra import container, environment, image_content, policies
from infra.components.cluster import Cluster, ClusterArgs
from infra.components.image import Image, ImageArgs
from infra.components.logs import LogGroup
from infra.components.roles import Roles, RolesArgs
from infra.components.task import Task, TaskArgs
from infra.digests import short_digest
from infra.layers.backing import Backing
from infra.layers.data import Data
from infra.layers.ground import Ground
from infra.process_sections import Process as ProcessSettings
from infra.process_sections import Release
from infra.procfile import CONSOLE, ONE_OFF, RELEASE, WEB, Process, Procfile
from infra.sections import Service
from infra.settings import Settings

ROOT = Path(__file__).parent.parent.parent
IMAGE_CONTEXT = "app"
PLATFORMS = {"ARM64": "linux/arm64", "X86_64": "linux/amd64"}
# The longest that Fargate allows: a migration that is told to stop may need it.
RELEASE_STOP_SECONDS = 120


@dataclass(frozen=True)
class Runtime:
    """What runs; `configuration` is a digest of everything that the processes are told.

    `tasks` are those of the Procfile's lines, and the console.
    """

    image: Image
    cluster: Cluster
    roles: Roles
    tasks: Mapping[str, Task]
    configuration: pulumi.Output[str]

    @property
    def services(self) -> tuple[str, ...]:
        """The processes that keep running."""
        return tuple(name for name in self.tasks if name not in ONE_OFF)


def create_runtime(
    settings: Settings,
    procfile: Procfile,
    ground: Ground,
    data: Data,
    backing: Backing,
    opts: pulumi.ResourceOptions,
) -> Runtime:
    """Image, roles, cluster and task definitions."""
    name = settings.prefix
    label = image_label(settings)
    image = _create_image(settings, data, label, opts)
    roles = _create_roles(settings, procfile, ground, data, backing, opts)
    cluster = Cluster(
        name,
        ClusterArgs(
            exec_log_group_name=ground.logs.exec.name,
            kms_key_arn=ground.keys.data_key_arn,
            after=[ground.logs],
        ),
        opts,
    )
    shared = {
        **environment.application_environment(settings, image_label=label),
        **backing.environment,
        "DATABASE_HOST": data.database.endpoint,
    }
    secrets = {
        **backing.secrets,
        **data.credentials.references,
        "SECRET_KEY": data.credentials.secret_key_arn,
    }
    tasks = {}
    for process in (*procfile.processes, Process(CONSOLE, shlex.join(container.CONSOLE_COMMAND))):
        definition = _describe(settings, ground, data, image, process, shared, secrets)
        tasks[process.name] = _create_task(settings, roles, process.name, definition, opts)
    told = {**shared, **secrets}
    # The label follows from the image, which is a reason of its own for a release.
    return Runtime(image, cluster, roles, tasks, _digest({**told, "RELEASE": ""}))


def image_label(settings: Settings) -> str:
    """The image's tag, which follows from its content; empty for an image built elsewhere."""
    if settings.image.uri:
        return ""
    platform = PLATFORMS[settings.service.architecture]
    return image_content.content_tag(ROOT / IMAGE_CONTEXT, platform)


def _digest(values: Mapping[str, Any]) -> pulumi.Output[str]:
    """First hex digits of a SHA-256 over variables and references of secrets, not their values."""

    known = pulumi.Output.all(**values)
    return known.apply(lambda found: short_digest(json.dumps(found, sort_keys=True)))


def _create_image(
    settings: Settings, data: Data, label: str, opts: pulumi.ResourceOptions
) -> Image:
    return Image(
        settings.prefix,
        ImageArgs(
            uri=settings.image.uri,
            context=IMAGE_CONTEXT,
            platform=PLATFORMS[settings.service.architecture],
            tag=label,
            repository_url=data.registry.repository_url,
            registry_id=data.registry.registry_id,
        ),
        opts,
    )


def _create_roles(
    settings: Settings,
    procfile: Procfile,
    ground: Ground,
    data: Data,
    backing: Backing,
    opts: pulumi.ResourceOptions,
) -> Roles:
    key_arn = ground.keys.data_key_arn
    names = [*(process.name for process in procfile.processes), CONSOLE]
    return Roles(
        settings.prefix,
        RolesArgs(
            account_id=settings.account_id,
            region=settings.region,
            repository_arn=data.registry.repository_arn,
            log_group_arns={name: _log_group(ground, name).arn for name in names},
            exec_group_arn=ground.logs.exec.arn,
            secret_arns=[*data.credentials.secret_arns, *backing.secret_arns],
            owner_secret_arn=data.database.secret_arn,
            key_arns=[key_arn] if key_arn is not None else [],
            statements={name: _rights(settings, data, backing, name) for name in names},
            exec_processes=[name for name in names if _can_be_entered(settings, name)],
        ),
        opts,
    )


def _rights(
    settings: Settings, data: Data, backing: Backing, process: str
) -> pulumi.Output[list[policies.Statement]]:
    """What tasks of a process may do: log in as the application's role, use what backs it."""
    where = (settings.database.app_user, settings.account_id, settings.region)
    known = pulumi.Output.all(data.database.resource_id, backing.statements(process))
    return known.apply(lambda found: [policies.database_login(found[0], *where), *found[1]])


def _can_be_entered(settings: Settings, process: str) -> bool:
    """Whether ECS Exec has the rights and the folders that it needs in such a task."""
    return process == CONSOLE or (process == WEB and settings.service.exec_enabled)


def _log_group(ground: Ground, process: str) -> LogGroup:
    """Where tasks of a process write; what a console's say stands beside what was done there."""
    return ground.logs.exec if process == CONSOLE else ground.logs.processes[process]


def _describe(
    settings: Settings,
    ground: Ground,
    data: Data,
    image: Image,
    process: Process,
    shared: Mapping[str, Any],
    secrets: Mapping[str, Any],
) -> dict[str, Any]:
    """The container of one process; the release task alone gets the owner of the database."""
    name, job = process.name, settings.processes.get(process.name)
    stop_seconds = job.stop_timeout_seconds if job else settings.service.stop_timeout_seconds
    told = dict(shared)
    if job:
        told["THREADS"] = str(job.threads)
    if name == RELEASE:
        stop_seconds = RELEASE_STOP_SECONDS
        told["DATABASE_OWNER_USER"] = settings.database.owner_name
        owner_password = pulumi.Output.concat(data.database.secret_arn, ":password::")
        secrets = {**secrets, "DATABASE_OWNER_PASSWORD": owner_password}
    told["STOP_TIMEOUT"] = str(stop_seconds)
    known = {key: value for key, value in told.items() if isinstance(value, str)}
    if name == CONSOLE:
        # After it is told what web is: programs that are started there are web's.
        stop_seconds = container.CONSOLE_STOP_SECONDS
    return container.definition(
        container.Container(
            process=name,
            image=image.reference,
            command=process.argv(known),
            region=settings.region,
            log_group=_log_group(ground, name).name,
            stop_timeout_seconds=stop_seconds,
            environment=told,
            secrets=secrets,
            port=container.PORT if name == WEB else None,
            health_command=job.health_command if job else "",
            exec_enabled=_can_be_entered(settings, name),
        )
    )


def _create_task(
    settings: Settings,
    roles: Roles,
    name: str,
    definition: Mapping[str, Any],
    opts: pulumi.ResourceOptions,
) -> Task:
    sizes: dict[str, Service | Release | ProcessSettings] = {
        WEB: settings.service,
        CONSOLE: settings.service,
        RELEASE: settings.release,
        **settings.processes,
    }
    size = sizes[name]
    return Task(
        f"{settings.prefix}-{name}",
        TaskArgs(
            container=definition,
            volumes=container.volume_names(exec_enabled=_can_be_entered(settings, name)),
            cpu_units=size.cpu_units,
            memory_mib=size.memory_mib,
            architecture=settings.service.architecture,
            execution_role_arn=roles.execution_role_arns[name],
            task_role_arn=roles.task_role_arns[name],
        ),
        opts,
    )
