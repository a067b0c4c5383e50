"""What runs: image, cluster, service and their scaling."""

from dataclasses import dataclass
from pathlib import Path

import pulumi

from infra import container, image_content
from infra.components.autoscaling import Autoscaling, AutoscalingArgs
from infra.components.balancer import Balancer
from infra.components.cluster import Cluster, ClusterArgs
from infra.components.image import Image, ImageArgs
from infra.components.roles import Roles, RolesArgs
from infra.components.service import Service, ServiceArgs
from infra.layers.data import Data
from infra.layers.ground import Ground
from infra.settings import Settings

ROOT = Path(__file__).parent.parent.parent
IMAGE_CONTEXT = "app"
PLATFORMS = {"ARM64": "linux/arm64", "X86_64": "linux/amd64"}


@dataclass(frozen=True)
class Runtime:
    """What runs."""

    image: Image
    cluster: Cluster
    service: Service


def create_runtime(
    settings: Settings,
    ground: Ground,
    data: Data,
    balancer: Balancer,
    opts: pulumi.ResourceOptions,
) -> Runtime:
    """Image, roles, cluster, service and autoscaling."""
    name, scaling = settings.prefix, settings.autoscaling
    image = _create_image(settings, data, opts)
    roles = _create_roles(settings, ground, data, opts)
    cluster = Cluster(
        name,
        ClusterArgs(
            exec_log_group_name=ground.logs.exec.name,
            kms_key_arn=ground.keys.data_key_arn,
            after=[ground.logs],
        ),
        opts,
    )
    service = Service(
        name,
        ServiceArgs(
            cluster_arn=cluster.cluster_arn,
            subnet_ids=ground.network.private_subnet_ids,
            group_id=ground.firewall.service_group_id,
            target_group_arn=balancer.target_group_arn,
            container=container.web_container(_describe_container(settings, ground, data, image)),
            volumes=container.volume_names(exec_enabled=settings.service.exec_enabled),
            settings=settings.service,
            execution_role_arn=roles.execution_role_arn,
            task_role_arn=roles.task_role_arn,
            min_tasks=scaling.min_tasks,
            scaled=scaling.max_tasks > scaling.min_tasks,
            after=_before_tasks(ground, balancer, roles, cluster),
        ),
        opts,
    )
    Autoscaling(
        name,
        AutoscalingArgs(
            settings=scaling,
            cluster_name=cluster.cluster_name,
            service_name=service.service_name,
            balancer_arn_suffix=balancer.arn_suffix,
            target_group_arn_suffix=balancer.target_group_arn_suffix,
        ),
        opts,
    )
    return Runtime(image, cluster, service)


def _before_tasks(
    ground: Ground, balancer: Balancer, roles: Roles, cluster: Cluster
) -> list[pulumi.Resource]:
    """What a task needs to start, and to end: on destroy it goes after the last task.

    The way out for the image, a target group that a listener uses, the rights of its roles.
    """
    ways_out = [*ground.network.routes, *ground.firewall.rules, ground.endpoints]
    return [*ways_out, cluster, *balancer.listeners, *roles.policies]


def _create_image(settings: Settings, data: Data, opts: pulumi.ResourceOptions) -> Image:
    platform = PLATFORMS[settings.service.architecture]
    return Image(
        settings.prefix,
        ImageArgs(
            uri=settings.image.uri,
            context=IMAGE_CONTEXT,
            platform=platform,
            tag=image_content.content_tag(ROOT / IMAGE_CONTEXT, platform),
            repository_url=data.registry.repository_url,
            registry_id=data.registry.registry_id,
        ),
        opts,
    )


def _create_roles(
    settings: Settings, ground: Ground, data: Data, opts: pulumi.ResourceOptions
) -> Roles:
    key_arn = ground.keys.data_key_arn
    return Roles(
        settings.prefix,
        RolesArgs(
            account_id=settings.account_id,
            region=settings.region,
            repository_arn=data.registry.repository_arn,
            log_group_arn=ground.logs.web.arn,
            exec_group_arn=ground.logs.exec.arn,
            secret_arns=[data.database.secret_arn, data.credentials.secret_key_arn],
            key_arns=[key_arn] if key_arn is not None else [],
            exec_enabled=settings.service.exec_enabled,
        ),
        opts,
    )


def _describe_container(
    settings: Settings, ground: Ground, data: Data, image: Image
) -> container.WebContainer:
    service, database = settings.service, settings.database
    environment = container.web_environment(
        stage=settings.stage,
        log_level=service.log_level,
        threads=service.threads,
        stop_timeout_seconds=service.stop_timeout_seconds,
        idle_timeout_seconds=settings.balancer.idle_timeout_seconds,
        domain=settings.domain.name,
        further_domains=settings.domain.further_names,
    )
    address = {
        "DATABASE_HOST": data.database.endpoint,
        "DATABASE_PORT": str(database.port),
        "DATABASE_NAME": database.name,
        "DATABASE_USER": database.owner_name,
        "DATABASE_SSLMODE": "require",
    }
    return container.WebContainer(
        image=image.reference,
        region=settings.region,
        log_group=ground.logs.web.name,
        stop_timeout_seconds=service.stop_timeout_seconds,
        exec_enabled=service.exec_enabled,
        environment={**environment, **address},
        secrets={
            "DATABASE_PASSWORD": pulumi.Output.concat(data.database.secret_arn, ":password::"),
            "SECRET_KEY": data.credentials.secret_key_arn,
        },
    )
