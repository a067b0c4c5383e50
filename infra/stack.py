"""The stack: its layers in order, and what it tells operators and tools."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi

from infra.components.balancer import Balancer
from infra.components.ledger import Ledger
from infra.components.maintenance import Maintenance
from infra.components.published_outputs import PublishedOutputs, PublishedOutputsArgs
from infra.layers.backing import Backing, create_backing
from infra.layers.data import Data, create_data
from infra.layers.entry import create_entry, create_maintenance
from infra.layers.ground import Ground, create_ground
from infra.layers.releases import create_ledger, create_release_gate, create_rollout_gate
from infra.layers.runtime import Runtime, create_runtime
from infra.layers.services import before_tasks, create_services
from infra.naming import outputs_parameter, service_name
from infra.procfile import read_procfile
from infra.provider import create_provider
from infra.settings import PROCFILE, Settings


def deploy(settings: Settings, path: Path = PROCFILE) -> None:
    """Declare the whole stack and export its outputs; `path` is the Procfile's."""
    opts = pulumi.ResourceOptions(providers=[create_provider(settings)])
    procfile = read_procfile(path)
    ground = create_ground(settings, procfile, opts)
    data = create_data(settings, ground, opts)
    backing = create_backing(settings, ground, opts)
    ledger = create_ledger(settings, ground, opts)
    maintenance = create_maintenance(settings, ground, ledger, opts)
    balancer = create_entry(settings, ground, maintenance, opts)
    runtime = create_runtime(settings, procfile, ground, data, backing, opts)
    told = {
        **of_settings(settings),
        **of_entry(settings, ground, balancer, maintenance),
        **of_data(settings, data, backing),
        **of_runtime(settings, ground, runtime, ledger),
    }
    published = publish(settings, told, opts)
    ready = [*before_tasks(ground, balancer, runtime), published]
    after = create_release_gate(settings, procfile, ground, ledger, runtime, ready, opts)
    services = create_services(settings, ground, backing, balancer, runtime, after, opts)
    create_rollout_gate(settings, procfile, ground, data, balancer, ledger, runtime, services, opts)


def publish(
    settings: Settings, told: Mapping[str, Any], opts: pulumi.ResourceOptions
) -> pulumi.Resource:
    """Tell what the stack is, to Pulumi's users and to `bin/ops`.

    It names what does not run yet: whoever looks into a first release that fails needs it then.
    """
    for name, value in told.items():
        pulumi.export(name, value)
    published = PublishedOutputsArgs(
        parameter_name=outputs_parameter(settings.prefix), outputs=told
    )
    return PublishedOutputs(settings.prefix, published, opts)


def of_settings(settings: Settings) -> Mapping[str, Any]:
    """Outputs that stand in the stack's file; docs/outputs.md explains each."""
    domain = settings.domain
    return {
        "prefix": settings.prefix,
        "account_id": settings.account_id,
        "region": settings.region,
        "protected": settings.safeguards.protect,
        "domain_names": [each for each in (domain.name, *domain.further_names) if each],
        "zone_id": domain.zone_id,
    }


def of_entry(
    settings: Settings, ground: Ground, balancer: Balancer, maintenance: Maintenance
) -> Mapping[str, Any]:
    """Outputs of where requests come in."""
    return {
        "address": _address(settings, balancer),
        "balancer_arn": balancer.arn,
        "balancer_dns_name": balancer.dns_name,
        "listener_arn": balancer.listener_arn,
        "target_group_arn": balancer.target_group_arn,
        "maintenance_target_group_arn": maintenance.target_group_arn,
        "maintenance_function_name": maintenance.function_name,
        "vpc_id": ground.network.vpc_id,
        "private_subnet_ids": ground.network.private_subnet_ids,
        "service_group_id": ground.firewall.service_group_id,
        "jobs_group_id": ground.firewall.jobs_group_id,
        "topic_arn": ground.notifications.topic_arn,
    }


def of_data(settings: Settings, data: Data, backing: Backing) -> Mapping[str, Any]:
    """Outputs of what holds data."""
    return {
        "database_endpoint": data.database.endpoint,
        "database_port": settings.database.port,
        "database_name": settings.database.name,
        "database_user": settings.database.app_user,
        "database_identifier": settings.prefix,
        "database_secret_arn": data.database.secret_arn,
        "repository_url": data.registry.repository_url,
        "vault_name": data.backup.vault_name,
        "backup_plan_id": data.backup.plan_id,
        **backing.outputs,
    }


def of_runtime(
    settings: Settings, ground: Ground, runtime: Runtime, ledger: Ledger
) -> Mapping[str, Any]:
    """Outputs of what runs."""
    groups = {name: group.name for name, group in ground.logs.processes.items()}
    return {
        "cluster_name": runtime.cluster.cluster_name,
        "service_names": {name: service_name(settings.prefix, name) for name in runtime.services},
        "task_definition_arns": {n: task.definition_arn for n, task in runtime.tasks.items()},
        "image": runtime.image.reference,
        "releases_table_name": ledger.table_name,
        "log_group_names": {
            **groups,
            "exec": ground.logs.exec.name,
            "flow": ground.logs.flow.name,
            "maintenance": ground.logs.maintenance.name,
        },
    }


def _address(settings: Settings, balancer: Balancer) -> pulumi.Input[str]:
    if settings.domain.name:
        return f"https://{settings.domain.name}/"
    return pulumi.Output.concat("http://", balancer.dns_name, "/")
