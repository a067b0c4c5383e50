"""What a rollback, which goes past the engine, tells everyone who previews or updates."""

import json
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.naming import GATES_PARTITION, PARTITION_KEY, ROLLBACK_NOTICE, SORT_KEY

_KEY = json.dumps(
    {PARTITION_KEY: {"S": GATES_PARTITION}, SORT_KEY: {"N": str(ROLLBACK_NOTICE)}}, sort_keys=True
)
_READ = "aws:dynamodb/getTableItem:getTableItem"


@dataclass(frozen=True, kw_only=True)
class RollbackNoticeArgs:
    """Where the item stands."""

    table_name: pulumi.Input[str]


class RollbackNotice(pulumi.ComponentResource):
    """A warning in each preview and update while a rollback is in force.

    * item in the table of releases, made empty; a rollback writes there what it has done, the next
      rollout takes that away (release.rollback_notice), and no update changes it
    """

    # What the item says; None when no rollback is in force, or nobody knows.
    in_force: pulumi.Output[Any]

    def __init__(
        self, name: str, args: RollbackNoticeArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("flask-fargate:rollback_notice:RollbackNotice", name, None, opts)
        item = aws.dynamodb.TableItem(
            f"{name}-rollback-notice",
            table_name=args.table_name,
            hash_key=PARTITION_KEY,
            range_key=SORT_KEY,
            item=_KEY,
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["item"]),
        )
        # The id is unknown until there is an item, and so nothing is read before.
        self.in_force = pulumi.Output.all(item.id, item.table_name).apply(
            lambda found: self._read(found[1])
        )
        self.register_outputs({})

    async def _read(self, table_name: str) -> Any:
        """Read it through the engine, and say what it says.

        Not by `get_table_item_output`: what fails there fails the program, and this is a courtesy.
        """
        from release.rollback_notice import read

        try:
            found = await pulumi.runtime.invoke_async(
                _READ,
                {"tableName": table_name, "key": _KEY},
                pulumi.InvokeOptions(parent=self),
            )
            notice = read(found["item"])
        except Exception as problem:
            pulumi.log.warn(_not_known(table_name, problem))
            return None
        if notice:
            pulumi.log.warn(notice.warning)
        return notice


def _not_known(table_name: str, problem: Exception) -> str:
    # What the engine puts before it says which function failed, twice.
    reason = str(problem).rpartition("returned an error: ")[2].strip().rstrip(":")
    return (
        f"Whether a rollback is in force is not known: {reason}.\n"
        f"These credentials need dynamodb:GetItem on the table {table_name}, and kms:Decrypt on "
        "the key that encrypts it. If they have both, the item was deleted by hand: "
        "`pulumi refresh` finds that out, and the next update makes it again."
    )
