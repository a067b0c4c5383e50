"""What went through the network."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.policies import log_writer, trust


@dataclass(frozen=True, kw_only=True)
class FlowLogArgs:
    """What the flow log takes."""

    vpc_id: pulumi.Input[str]
    account_id: str
    log_group_arn: pulumi.Input[str]


class FlowLog(pulumi.ComponentResource):
    """Flow log of the VPC for all traffic, with a role that may write to its group alone."""

    def __init__(
        self, name: str, args: FlowLogArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("flask-fargate:flow_log:FlowLog", name, None, opts)
        role = aws.iam.Role(
            f"{name}-flow-log",
            assume_role_policy=pulumi.Output.json_dumps(trust("vpc-flow-logs", args.account_id)),
            tags={"Name": f"{name}-flow-log"},
            opts=pulumi.ResourceOptions(parent=self),
        )
        aws.iam.RolePolicy(
            f"{name}-flow-log",
            role=role.id,
            policy=pulumi.Output.from_input(args.log_group_arn).apply(
                lambda arn: json.dumps(log_writer(arn, "logs:DescribeLogStreams"))
            ),
            opts=pulumi.ResourceOptions(parent=role),
        )
        aws.ec2.FlowLog(
            f"{name}-flow-log",
            vpc_id=args.vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=args.log_group_arn,
            iam_role_arn=role.arn,
            max_aggregation_interval=600,
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
