"""The web service on Fargate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.container import PORT
from infra.sections import Service as ServiceSettings


@dataclass(frozen=True, kw_only=True)
class ServiceArgs:
    """What the service takes; `scaled` says that autoscaling sets the number of tasks."""

    # placement
    cluster_arn: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    group_id: pulumi.Input[str]
    target_group_arn: pulumi.Input[str]
    # task
    container: Mapping[str, Any]
    volumes: Sequence[str]
    settings: ServiceSettings
    execution_role_arn: pulumi.Input[str]
    task_role_arn: pulumi.Input[str]
    # running
    min_tasks: int
    scaled: bool
    after: Sequence[pulumi.Resource]


class Service(pulumi.ComponentResource):
    """Tasks behind the balancer.

    * task definition of a fixed family, whose earlier revisions stay for rollback
    * service in the private subnets, which rolls back a deployment that does not become healthy
    """

    service_name: pulumi.Output[str]
    task_definition_arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: ServiceArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("flask-fargate:service:Service", name, None, opts)
        task = self._create_task_definition(name, args)
        service = self._create_service(name, args, task)
        self.service_name = service.name
        self.task_definition_arn = task.arn
        self.register_outputs({"service_name": self.service_name})

    def _create_task_definition(self, name: str, args: ServiceArgs) -> aws.ecs.TaskDefinition:
        return aws.ecs.TaskDefinition(
            f"{name}-web",
            family=f"{name}-web",  # one family: its revisions are the service's history
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            cpu=str(args.settings.cpu_units),
            memory=str(args.settings.memory_mib),
            runtime_platform={
                "cpu_architecture": args.settings.architecture,
                "operating_system_family": "LINUX",
            },
            execution_role_arn=args.execution_role_arn,
            task_role_arn=args.task_role_arn,
            container_definitions=pulumi.Output.json_dumps([dict(args.container)]),
            volumes=[{"name": volume} for volume in args.volumes],
            # A deregistered revision could not be rolled back to [terraform-provider-aws #258].
            skip_destroy=True,
            tags={"Name": f"{name}-web"},
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _create_service(
        self, name: str, args: ServiceArgs, task: aws.ecs.TaskDefinition
    ) -> aws.ecs.Service:
        return aws.ecs.Service(
            f"{name}-web",
            name=f"{name}-web",  # operators and their tools ask for it by name
            cluster=args.cluster_arn,
            task_definition=task.arn,
            desired_count=args.min_tasks,
            capacity_provider_strategies=[
                {
                    "capacity_provider": "FARGATE_SPOT" if args.settings.spot else "FARGATE",
                    "weight": 1,
                    "base": 0,
                }
            ],
            # ECS changes the capacity of running tasks only by a new deployment.
            force_new_deployment=True,
            network_configuration={
                "subnets": args.subnet_ids,
                "security_groups": [args.group_id],
                "assign_public_ip": False,
            },
            load_balancers=[
                {
                    "target_group_arn": args.target_group_arn,
                    "container_name": str(args.container["name"]),
                    "container_port": PORT,
                }
            ],
            deployment_minimum_healthy_percent=100,
            deployment_maximum_percent=200,
            deployment_circuit_breaker={"enable": True, "rollback": True},
            availability_zone_rebalancing="ENABLED",
            health_check_grace_period_seconds=args.settings.grace_seconds,
            enable_execute_command=args.settings.exec_enabled,
            enable_ecs_managed_tags=True,
            propagate_tags="SERVICE",
            wait_for_steady_state=True,
            tags={"Name": f"{name}-web"},
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=list(args.after),
                # Otherwise a refresh reads the scaled number and the next update undoes it.
                ignore_changes=["desiredCount"] if args.scaled else [],
            ),
        )
