"""A process of the application that keeps running on Fargate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.container import PORT
from infra.digests import short_digest


@dataclass(frozen=True, kw_only=True)
class ServiceArgs:
    """What a service takes; `scaled` says that autoscaling sets the number of tasks.

    `target_group_arn` None: it serves no requests, and `grace_seconds` means nothing.
    """

    cluster_arn: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    group_id: pulumi.Input[str]
    target_group_arn: pulumi.Input[str] | None
    # task
    process: str
    definition_arn: pulumi.Input[str]
    spot: bool
    # running
    min_tasks: int
    scaled: bool
    grace_seconds: int
    exec_enabled: bool
    after: Sequence[pulumi.Resource]


class Service(pulumi.ComponentResource):
    """Tasks of one process, in the private subnets.

    * service that rolls back a deployment whose tasks do not become healthy; whether it did is
      watched by the rollout, as the provider's own waiting takes a rollback for a success
      [terraform-provider-aws #20858]
    """

    service_name: pulumi.Output[str]
    # What runs and how: another text means that ECS replaces the tasks.
    deployment: pulumi.Output[str]

    def __init__(
        self, name: str, args: ServiceArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("flask-fargate:service:Service", name, None, opts)
        service = aws.ecs.Service(
            name,
            name=name,  # operators and their tools ask for it by name
            cluster=args.cluster_arn,
            task_definition=args.definition_arn,
            desired_count=args.min_tasks,
            capacity_provider_strategies=[
                {
                    "capacity_provider": "FARGATE_SPOT" if args.spot else "FARGATE",
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
            **_served(args),
            deployment_minimum_healthy_percent=100,
            deployment_maximum_percent=200,
            deployment_circuit_breaker={"enable": True, "rollback": True},
            availability_zone_rebalancing="ENABLED",
            enable_execute_command=args.exec_enabled,
            enable_ecs_managed_tags=True,
            propagate_tags="SERVICE",
            wait_for_steady_state=False,
            tags={"Name": name},
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=list(args.after),
                # Otherwise a refresh reads the scaled number and the next update undoes it.
                ignore_changes=["desiredCount"] if args.scaled else [],
            ),
        )
        self.service_name = service.name
        self.deployment = _deployment(args)
        self.register_outputs({"service_name": self.service_name})


def _deployment(args: ServiceArgs) -> pulumi.Output[str]:
    """The revision, and a digest of the other arguments whose change makes ECS deploy anew."""
    placed = {
        "subnets": args.subnet_ids,
        "group": args.group_id,
        "target_group": args.target_group_arn,
        "spot": args.spot,
        "grace_seconds": args.grace_seconds,
        "exec_enabled": args.exec_enabled,
    }
    digest = pulumi.Output.json_dumps(placed, sort_keys=True).apply(short_digest)
    return pulumi.Output.concat(args.definition_arn, " ", digest)


def _served(args: ServiceArgs) -> Mapping[str, Any]:
    """Arguments of a service behind the balancer."""
    if args.target_group_arn is None:
        return {}
    return {
        "health_check_grace_period_seconds": args.grace_seconds,
        "load_balancers": [
            {
                "target_group_arn": args.target_group_arn,
                "container_name": args.process,
                "container_port": PORT,
            }
        ],
    }
