"""The table of releases."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.naming import PARTITION_KEY, SORT_KEY


@dataclass(frozen=True, kw_only=True)
class LedgerArgs:
    """What the table takes; without a key, DynamoDB encrypts by its own."""

    table_name: str
    kms_key_arn: pulumi.Input[str] | None
    protect: bool


class Ledger(pulumi.ComponentResource):
    """What was released, when, by whom, and how it ended.

    * table with an item for each release, and one for each gate: what was last let through;
      what operators do by hand has items of its own there
    """

    table_name: pulumi.Output[str]
    table_arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: LedgerArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("flask-fargate:ledger:Ledger", name, None, opts)
        table = aws.dynamodb.Table(
            f"{name}-releases",
            name=args.table_name,  # operators' tools read it by name, without Pulumi
            billing_mode="PAY_PER_REQUEST",
            hash_key=PARTITION_KEY,
            range_key=SORT_KEY,
            attributes=[
                {"name": PARTITION_KEY, "type": "S"},
                {"name": SORT_KEY, "type": "N"},
            ],
            server_side_encryption={"enabled": True, "kms_key_arn": args.kms_key_arn},
            point_in_time_recovery={"enabled": True},
            deletion_protection_enabled=args.protect,
            tags={"Name": args.table_name},
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        self.table_name, self.table_arn = table.name, table.arn
        self.register_outputs({"table_name": self.table_name})
