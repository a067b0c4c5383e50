"""The stack's outputs where programs without Pulumi find them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True, kw_only=True)
class PublishedOutputsArgs:
    """What is published, under which name; the values hold no secret."""

    parameter_name: str
    outputs: Mapping[str, Any]


class PublishedOutputs(pulumi.ComponentResource):
    """What `bin/ops` knows of the stack, from any machine with an AWS login.

    * parameter of Systems Manager with all outputs as one JSON object
    """

    def __init__(
        self, name: str, args: PublishedOutputsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("flask-fargate:published_outputs:PublishedOutputs", name, None, opts)
        aws.ssm.Parameter(
            f"{name}-outputs",
            name=args.parameter_name,  # it is how a tool begins, so it must know it
            description="Outputs of the stack, for bin/ops",
            type="String",
            # Free up to 4 KiB; what is longer costs a few cents a month, up to 8 KiB.
            tier="Intelligent-Tiering",
            # Not `value`, which Pulumi takes for a secret: a preview shows what changes.
            insecure_value=pulumi.Output.json_dumps(
                dict(args.outputs), sort_keys=True, separators=(",", ":")
            ),
            tags={"Name": args.parameter_name},
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
