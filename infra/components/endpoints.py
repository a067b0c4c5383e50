"""Endpoints: AWS services reached without the internet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

# What a task needs to start and run: image, logs, secrets; the last one for ECS Exec.
INTERFACES = ("ecr.api", "ecr.dkr", "logs", "secretsmanager", "ssmmessages")


@dataclass(frozen=True, kw_only=True)
class EndpointsArgs:
    """What the endpoints take; without a group there are no interface endpoints.

    `task_group_ids` are the groups of tasks by the prefix of their rules' names.
    """

    vpc_id: pulumi.Input[str]
    region: str
    route_table_ids: Sequence[pulumi.Input[str]]
    subnet_ids: Sequence[pulumi.Input[str]]
    group_id: pulumi.Input[str] | None
    task_group_ids: Mapping[str, pulumi.Input[str]]
    further_services: Sequence[str]


class Endpoints(pulumi.ComponentResource):
    """Ways to AWS inside the VPC.

    * S3 gateway endpoint, which costs nothing and carries image layers
    * interface endpoints for ECR, logs, secrets, exec and what else the application calls, where
      there is no NAT
    """

    def __init__(
        self, name: str, args: EndpointsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("flask-fargate:endpoints:Endpoints", name, None, opts)
        gateway = aws.ec2.VpcEndpoint(
            f"{name}-s3",
            vpc_id=args.vpc_id,
            service_name=f"com.amazonaws.{args.region}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=args.route_table_ids,
            tags={"Name": f"{name}-s3"},
            opts=pulumi.ResourceOptions(parent=self),
        )
        if args.group_id is not None:
            self._create_interfaces(name, args, args.group_id)
            # Image layers come from S3, whose addresses no security group can stand for.
            for role, group_id in args.task_group_ids.items():
                aws.vpc.SecurityGroupEgressRule(
                    f"{name}-{role}s3-out",
                    security_group_id=group_id,
                    description="Out for tcp 443 (S3)",
                    ip_protocol="tcp",
                    from_port=443,
                    to_port=443,
                    prefix_list_id=gateway.prefix_list_id,
                    opts=pulumi.ResourceOptions(parent=self),
                )
        self.register_outputs({})

    def _create_interfaces(
        self, name: str, args: EndpointsArgs, group_id: pulumi.Input[str]
    ) -> None:
        for service in (*INTERFACES, *args.further_services):
            role = service.replace(".", "-")
            aws.ec2.VpcEndpoint(
                f"{name}-{role}",
                vpc_id=args.vpc_id,
                service_name=f"com.amazonaws.{args.region}.{service}",
                vpc_endpoint_type="Interface",
                private_dns_enabled=True,
                subnet_ids=args.subnet_ids,
                security_group_ids=[group_id],
                tags={"Name": f"{name}-{role}"},
                opts=pulumi.ResourceOptions(parent=self),
            )
