"""The stack: its layers in order, and what it tells operators and tools."""

from collections.abc import Mapping
from typing import Any

import pulumi

from infra.components.balancer import Balancer
from infra.layers.data import Data, create_data
from infra.layers.entry import create_entry
from infra.layers.ground import Ground, create_ground
from infra.layers.runtime import Runtime, create_runtime
from infra.provider import create_provider
from infra.settings import Settings


def deploy(settings: Settings) -> None:
    """Declare the whole stack and export its outputs."""
    opts = pulumi.ResourceOptions(providers=[create_provider(settings)])
    ground = create_ground(settings, opts)
    data = create_data(settings, ground, opts)
    balancer = create_entry(settings, ground, opts)
    runtime = create_runtime(settings, ground, data, balancer, opts)
    for name, value in outputs(settings, ground, data, balancer, runtime).items():
        pulumi.export(name, value)


def outputs(
    settings: Settings, ground: Ground, data: Data, balancer: Balancer, runtime: Runtime
) -> Mapping[str, Any]:
    """What `pulumi stack output` shows; docs/outputs.md explains each."""
    return {
        "address": _address(settings, balancer),
        "region": settings.region,
        "cluster_name": runtime.cluster.cluster_name,
        "service_names": {"web": runtime.service.service_name},
        "task_definition_arn": runtime.service.task_definition_arn,
        "image": runtime.image.reference,
        "log_group_names": {
            "web": ground.logs.web.name,
            "exec": ground.logs.exec.name,
            "flow": ground.logs.flow.name,
        },
        "database_endpoint": data.database.endpoint,
        "database_port": settings.database.port,
        "database_name": settings.database.name,
        "database_identifier": settings.prefix,
        "database_secret_arn": data.database.secret_arn,
        "repository_url": data.registry.repository_url,
        "vault_name": data.backup.vault_name,
        "backup_plan_id": data.backup.plan_id,
        "topic_arn": ground.notifications.topic_arn,
        "balancer_arn": balancer.arn,
        "balancer_dns_name": balancer.dns_name,
        "target_group_arn": balancer.target_group_arn,
        "vpc_id": ground.network.vpc_id,
        "private_subnet_ids": ground.network.private_subnet_ids,
        "service_group_id": ground.firewall.service_group_id,
    }


def _address(settings: Settings, balancer: Balancer) -> pulumi.Input[str]:
    if settings.domain.name:
        return f"https://{settings.domain.name}/"
    return pulumi.Output.concat("http://", balancer.dns_name, "/")
