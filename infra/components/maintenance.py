"""What answers visitors while operators hold the application back."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_aws as aws

from infra.naming import (
    MAINTENANCE_NUMBER,
    MAINTENANCE_PARTITION,
    PARTITION_KEY,
    SORT_KEY,
)
from infra.policies import document, item_reader, log_writer, trust

HANDLER = Path(__file__).parent.parent / "functions" / "maintenance" / "handler.py"
RUNTIME = "python3.13"
# Reading the page takes four seconds at most, and then the plain one is sent.
TIMEOUT_SECONDS = 10
# The least that there is; CPU comes with memory, and boto3 is half a second to load with this.
MEMORY_MIB = 256


@dataclass(frozen=True, kw_only=True)
class MaintenanceArgs:
    """What the function takes; the keys are those that its table is encrypted with."""

    region: str
    table_name: pulumi.Input[str]
    table_arn: pulumi.Input[str]
    key_arns: Sequence[pulumi.Input[str]]
    log_group_name: pulumi.Input[str]
    log_group_arn: pulumi.Input[str]


class Maintenance(pulumi.ComponentResource):
    """A target group that no listener uses until `bin/ops maintenance on` makes a rule for it.

    A fixed answer of the balancer's own has room for 1,024 characters and no Retry-After [ELB API,
    FixedResponseActionConfig], so a function answers.

    * function with a role of its own, which may read one item and write one log
    * target group with the function in it, which alone may call it
    """

    function_name: pulumi.Output[str]
    target_group_arn: pulumi.Output[str]
    target_group: pulumi.Resource

    def __init__(
        self, name: str, args: MaintenanceArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("flask-fargate:maintenance:Maintenance", name, None, opts)
        self._name = f"{name}-maintenance"
        function = self._create_function(args, self._create_role(args))
        # The balancer's names are short; AWS adds nothing to a check of a function's health.
        group = aws.lb.TargetGroup(
            f"{name}-pause",
            target_type="lambda",
            tags={"Name": self._name},
            opts=pulumi.ResourceOptions(parent=self),
        )
        permission = aws.lambda_.Permission(
            self._name,
            function=function.name,
            action="lambda:InvokeFunction",
            principal="elasticloadbalancing.amazonaws.com",
            source_arn=group.arn,
            opts=pulumi.ResourceOptions(parent=function),
        )
        aws.lb.TargetGroupAttachment(
            self._name,
            target_group_arn=group.arn,
            target_id=function.arn,
            # The balancer takes only a function that it may call already.
            opts=pulumi.ResourceOptions(parent=group, depends_on=[permission]),
        )
        self.function_name = function.name
        self.target_group_arn, self.target_group = group.arn, group
        self.register_outputs({"function_name": self.function_name})

    def _create_role(self, args: MaintenanceArgs) -> aws.iam.Role:
        role = aws.iam.Role(
            self._name,
            # No account in the condition: Lambda takes roles of its function's account alone.
            assume_role_policy=json.dumps(trust("lambda")),
            tags={"Name": self._name},
            opts=pulumi.ResourceOptions(parent=self),
        )
        known = pulumi.Output.all(
            log=args.log_group_arn, table=args.table_arn, keys=list(args.key_arns)
        )
        aws.iam.RolePolicy(
            self._name,
            role=role.id,
            policy=known.apply(
                lambda found: json.dumps(
                    document(
                        *log_writer(found["log"])["Statement"],
                        *item_reader(
                            found["table"], MAINTENANCE_PARTITION, found["keys"], args.region
                        ),
                    )
                )
            ),
            opts=pulumi.ResourceOptions(parent=role),
        )
        return role

    def _create_function(self, args: MaintenanceArgs, role: aws.iam.Role) -> aws.lambda_.Function:
        key = {
            PARTITION_KEY: {"S": MAINTENANCE_PARTITION},
            SORT_KEY: {"N": str(MAINTENANCE_NUMBER)},
        }
        return aws.lambda_.Function(
            self._name,
            runtime=RUNTIME,
            architectures=["arm64"],
            handler="handler.handler",
            # As text: its place on this machine would be a change on the next one.
            code=pulumi.AssetArchive({"handler.py": pulumi.StringAsset(HANDLER.read_text())}),
            role=role.arn,
            timeout=TIMEOUT_SECONDS,
            memory_size=MEMORY_MIB,
            environment={
                "variables": {"TABLE_NAME": args.table_name, "ITEM_KEY": json.dumps(key)},
            },
            logging_config={"log_format": "JSON", "log_group": args.log_group_name},
            tags={"Name": self._name},
            opts=pulumi.ResourceOptions(parent=self),
        )
