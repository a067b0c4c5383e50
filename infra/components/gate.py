"""A gate of the update: what is new goes through only after its work is done."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.naming import GATES_PARTITION, PARTITION_KEY, SORT_KEY

# What of an item says what went through.
PASSES = "passes"
Work = Callable[[Mapping[str, Any]], None]
Announce = Callable[..., str]


@dataclass(frozen=True, kw_only=True)
class GateArgs:
    """What a gate takes.

    `passes` is what goes through: when one of its values changes, `work` is done first, with the
    values of `needs`; what it raises fails the update and the gate stays as it was, so the next
    update does the work again. In a preview `announce` says what would be done, from what last
    went through and what would now (None: not known yet), and with the values of `known` by name,
    or with none of them while one is unknown.
    """

    table_name: pulumi.Input[str]
    number: int
    passes: Mapping[str, pulumi.Input[str]]
    needs: Mapping[str, pulumi.Input[Any]]
    work: Work
    announce: Announce
    after: Sequence[pulumi.Resource]
    known: Mapping[str, pulumi.Input[Any]] = field(default_factory=dict)


class Gate(pulumi.ComponentResource):
    """Work that has to succeed before the update goes on.

    * item in the table of releases with what was last let through; its hook does the work
    """

    item: pulumi.Resource

    def __init__(
        self, name: str, args: GateArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("flask-fargate:gate:Gate", name, None, opts)
        hook = pulumi.ResourceHook(name, _hook(args), pulumi.ResourceHookOptions(on_dry_run=True))
        self.item = aws.dynamodb.TableItem(
            name,
            table_name=args.table_name,
            hash_key=PARTITION_KEY,
            range_key=SORT_KEY,
            item=pulumi.Output.all(**args.passes).apply(lambda known: item_of(args.number, known)),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=list(args.after),
                hooks=pulumi.ResourceHookBinding(before_create=[hook], before_update=[hook]),
            ),
        )
        self.register_outputs({})


def item_of(number: int, passes: Mapping[str, str]) -> str:
    """The item as DynamoDB takes it; gates stand apart from the releases, under their own key."""
    keys = {PARTITION_KEY: {"S": GATES_PARTITION}, SORT_KEY: {"N": str(number)}}
    values = {name: {"S": value} for name, value in passes.items()}
    return json.dumps({**keys, PASSES: {"M": values}}, sort_keys=True)


def passes_of(inputs: Mapping[str, Any] | None) -> Mapping[str, str] | None:
    """What an item lets through; None when it is not known yet."""
    text = (inputs or {}).get("item")
    if not isinstance(text, str):
        return None
    try:
        item = json.loads(text)
    except ValueError:
        # What stands for an unknown value is no JSON.
        return None
    return {name: value["S"] for name, value in item[PASSES]["M"].items()}


def _hook(args: GateArgs) -> Callable[[pulumi.ResourceHookArgs], Any]:
    async def let_through(event: pulumi.ResourceHookArgs) -> None:
        if pulumi.runtime.is_dry_run():
            before = passes_of(event.old_inputs) or {}
            known = await pulumi.Output.all(**args.known).future() or {}
            pulumi.log.info(args.announce(before, passes_of(event.new_inputs), **known))
            return
        needs = await pulumi.Output.all(**args.needs).future()
        # In a thread: the program's own loop goes on declaring what does not wait for this.
        await asyncio.to_thread(args.work, needs or {})

    return let_through
