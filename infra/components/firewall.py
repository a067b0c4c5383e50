"""Security groups, which speak to security groups."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

ANYWHERE = "0.0.0.0/0"


@dataclass(frozen=True, kw_only=True)
class FirewallArgs:
    """What the groups take; `endpoints` adds a group for interface endpoints."""

    vpc_id: pulumi.Input[str]
    app_port: int
    database_port: int
    https: bool
    endpoints: bool


class Firewall(pulumi.ComponentResource):
    """Who may speak to whom; every rule is a resource with a description, nothing else is open.

    * internet -> balancer (443, and 80 for the redirect), balancer -> service
    * service, jobs (the release task, and what serves no requests) -> database
    * service, jobs -> 443 (interface endpoints instead, where there are any)
    """

    balancer_group_id: pulumi.Output[str]
    service_group_id: pulumi.Output[str]
    jobs_group_id: pulumi.Output[str]
    database_group_id: pulumi.Output[str]
    endpoints_group_id: pulumi.Output[str] | None
    rules: Sequence[pulumi.Resource]

    def __init__(
        self, name: str, args: FirewallArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("flask-fargate:firewall:Firewall", name, None, opts)
        self._name = name
        balancer = self._create_group(args.vpc_id, "balancer", "Balancer: from the internet")
        service = self._create_group(args.vpc_id, "service", "Tasks: from the balancer")
        jobs = self._create_group(args.vpc_id, "jobs", "Tasks that serve no requests")
        database = self._create_group(args.vpc_id, "database", "Database: from tasks")
        endpoints = None
        if args.endpoints:
            endpoints = self._create_group(args.vpc_id, "endpoints", "Endpoints: from tasks")
        into = aws.vpc.SecurityGroupIngressRule
        rules = [
            self._create_rule(into, balancer, f"internet-{port}", port, "Internet", cidr=ANYWHERE)
            for port in ((443, 80) if args.https else (80,))
        ]
        rules += self._create_pair(balancer, service, "web", args.app_port)
        for tasks, role in ((service, ""), (jobs, "jobs-")):
            rules += self._create_pair(tasks, database, f"{role}database", args.database_port)
            rules += self._create_way_out(tasks, endpoints, role)
        self.rules = rules
        self.balancer_group_id = balancer.id
        self.service_group_id = service.id
        self.jobs_group_id = jobs.id
        self.database_group_id = database.id
        self.endpoints_group_id = endpoints.id if endpoints else None
        self.register_outputs({})

    def _create_group(
        self, vpc_id: pulumi.Input[str], role: str, description: str
    ) -> aws.ec2.SecurityGroup:
        # Editing a description replaces the group, which then hangs on its users
        # [pulumi-aws #2391]: never edit one.
        return aws.ec2.SecurityGroup(
            f"{self._name}-{role}",
            vpc_id=vpc_id,
            description=description,
            tags={"Name": f"{self._name}-{role}"},
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _create_pair(
        self, source: aws.ec2.SecurityGroup, target: aws.ec2.SecurityGroup, role: str, port: int
    ) -> list[pulumi.Resource]:
        what = f"tcp {port} ({role})"
        out = aws.vpc.SecurityGroupEgressRule
        into = aws.vpc.SecurityGroupIngressRule
        return [
            self._create_rule(out, source, role, port, f"Out for {what}", group_id=target.id),
            self._create_rule(into, target, role, port, f"In for {what}", group_id=source.id),
        ]

    def _create_way_out(
        self, tasks: aws.ec2.SecurityGroup, endpoints: aws.ec2.SecurityGroup | None, role: str
    ) -> list[pulumi.Resource]:
        if endpoints is not None:
            return self._create_pair(tasks, endpoints, f"{role}endpoints", 443)
        out, what = aws.vpc.SecurityGroupEgressRule, "HTTPS to AWS and others"
        return [self._create_rule(out, tasks, f"{role}https", 443, what, cidr=ANYWHERE)]

    def _create_rule(
        self,
        kind: type[aws.vpc.SecurityGroupIngressRule | aws.vpc.SecurityGroupEgressRule],
        group: aws.ec2.SecurityGroup,
        role: str,
        port: int,
        description: str,
        *,
        cidr: str | None = None,
        group_id: pulumi.Input[str] | None = None,
    ) -> pulumi.Resource:
        direction = "in" if kind is aws.vpc.SecurityGroupIngressRule else "out"
        return kind(
            f"{self._name}-{role}-{direction}",
            security_group_id=group.id,
            description=description,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            cidr_ipv4=cidr,
            referenced_security_group_id=group_id,
            opts=pulumi.ResourceOptions(parent=group),
        )
