"""What keeps running: a service for each process, and its scaling."""

from collections.abc import Mapping, Sequence

import pulumi

from infra.components.autoscaling import Autoscaling, AutoscalingArgs
from infra.components.backlog_scaling import BacklogScaling, BacklogScalingArgs
from infra.components.balancer import Balancer
from infra.components.service import Service, ServiceArgs
from infra.layers.backing import Backing
from infra.layers.ground import Ground
from infra.layers.runtime import Runtime
from infra.naming import service_name
from infra.procfile import WEB
from infra.settings import Settings


def before_tasks(ground: Ground, balancer: Balancer, runtime: Runtime) -> list[pulumi.Resource]:
    """What a task needs to start, and to end: on destroy it goes after the last task.

    The way out for the image, a target group that a listener uses, the rights of its roles.
    """
    ways_out = [*ground.network.routes, *ground.firewall.rules, ground.endpoints]
    return [*ways_out, runtime.cluster, *balancer.listeners, *runtime.roles.policies]


def create_services(
    settings: Settings,
    ground: Ground,
    backing: Backing,
    balancer: Balancer,
    runtime: Runtime,
    after: Sequence[pulumi.Resource],
    opts: pulumi.ResourceOptions,
) -> Mapping[str, Service]:
    """The services by process, changed only after what stands in `after`."""
    services = {}
    for process in runtime.services:
        if process == WEB:
            services[process] = _create_web(settings, ground, balancer, runtime, after, opts)
        else:
            services[process] = _create_job(
                process, settings, ground, backing, runtime, after, opts
            )
    return services


def _create_web(
    settings: Settings,
    ground: Ground,
    balancer: Balancer,
    runtime: Runtime,
    after: Sequence[pulumi.Resource],
    opts: pulumi.ResourceOptions,
) -> Service:
    scaling = settings.autoscaling
    service = Service(
        service_name(settings.prefix, WEB),
        ServiceArgs(
            cluster_arn=runtime.cluster.cluster_arn,
            subnet_ids=ground.network.private_subnet_ids,
            group_id=ground.firewall.service_group_id,
            target_group_arn=balancer.target_group_arn,
            process=WEB,
            definition_arn=runtime.tasks[WEB].definition_arn,
            spot=settings.service.spot,
            min_tasks=scaling.min_tasks,
            scaled=scaling.max_tasks > scaling.min_tasks,
            grace_seconds=settings.service.grace_seconds,
            exec_enabled=settings.service.exec_enabled,
            after=after,
        ),
        opts,
    )
    Autoscaling(
        settings.prefix,
        AutoscalingArgs(
            settings=scaling,
            cluster_name=runtime.cluster.cluster_name,
            service_name=service.service_name,
            balancer_arn_suffix=balancer.arn_suffix,
            target_group_arn_suffix=balancer.target_group_arn_suffix,
        ),
        opts,
    )
    return service


def _create_job(
    name: str,
    settings: Settings,
    ground: Ground,
    backing: Backing,
    runtime: Runtime,
    after: Sequence[pulumi.Resource],
    opts: pulumi.ResourceOptions,
) -> Service:
    process, queue = settings.processes[name], backing.queues.get(name)
    scaled = queue is not None and process.max_tasks > process.min_tasks
    service = Service(
        service_name(settings.prefix, name),
        ServiceArgs(
            cluster_arn=runtime.cluster.cluster_arn,
            subnet_ids=ground.network.private_subnet_ids,
            group_id=ground.firewall.jobs_group_id,
            target_group_arn=None,
            process=name,
            definition_arn=runtime.tasks[name].definition_arn,
            spot=process.spot,
            min_tasks=process.min_tasks,
            scaled=scaled,
            grace_seconds=0,
            exec_enabled=False,
            after=after,
        ),
        opts,
    )
    if queue is not None and scaled:
        BacklogScaling(
            f"{settings.prefix}-{name}",
            BacklogScalingArgs(
                cluster_name=runtime.cluster.cluster_name,
                service_name=service.service_name,
                queue_name=queue.name,
                min_tasks=process.min_tasks,
                max_tasks=process.max_tasks,
                backlog_per_task=settings.queues[name].backlog_per_task,
            ),
            opts,
        )
    return service
