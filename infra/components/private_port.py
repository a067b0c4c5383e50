"""A port that only tasks may reach."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True, kw_only=True)
class PrivatePortArgs:
    """What the port takes.

    `task_group_ids` are the security groups that may reach it, by the name of their rules.
    """

    role: str
    port: int
    vpc_id: pulumi.Input[str]
    task_group_ids: Mapping[str, pulumi.Input[str]]


class PrivatePort(pulumi.ComponentResource):
    """Who may speak to a service in the VPC; every rule is a resource with a description.

    * security group, which lets nothing out
    * for each group of tasks a rule out of it and one into this group
    """

    group_id: pulumi.Output[str]
    rules: Sequence[pulumi.CustomResource]

    def __init__(
        self, name: str, args: PrivatePortArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("flask-fargate:private_port:PrivatePort", name, None, opts)
        # Editing a description replaces the group: never edit one.
        group = aws.ec2.SecurityGroup(
            name,
            vpc_id=args.vpc_id,
            description=f"{args.role.capitalize()}: from tasks",
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.rules = [
            rule
            for tasks, group_id in args.task_group_ids.items()
            for rule in self._create_pair(f"{name}-{tasks}", group, group_id, args)
        ]
        self.group_id = group.id
        self.register_outputs({"group_id": self.group_id})

    def _create_pair(
        self,
        name: str,
        group: aws.ec2.SecurityGroup,
        tasks_id: pulumi.Input[str],
        args: PrivatePortArgs,
    ) -> list[pulumi.CustomResource]:
        what = f"tcp {args.port} ({args.role})"
        return [
            aws.vpc.SecurityGroupEgressRule(
                f"{name}-out",
                security_group_id=tasks_id,
                description=f"Out for {what}",
                ip_protocol="tcp",
                from_port=args.port,
                to_port=args.port,
                referenced_security_group_id=group.id,
                opts=pulumi.ResourceOptions(parent=self),
            ),
            aws.vpc.SecurityGroupIngressRule(
                f"{name}-in",
                security_group_id=group.id,
                description=f"In for {what}",
                ip_protocol="tcp",
                from_port=args.port,
                to_port=args.port,
                referenced_security_group_id=tasks_id,
                opts=pulumi.ResourceOptions(parent=group),
            ),
        ]
