"""Network access lists: the stack's own, so that the VPC's open default one serves nobody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

ANYWHERE = "0.0.0.0/0"
# Replies and ephemeral ports, without 3389 (remote desktop) in the middle.
EPHEMERAL = ((1024, 3388), (3390, 65535))


@dataclass(frozen=True, kw_only=True)
class AccessListsArgs:
    """What the lists take; subnet ids by tier."""

    vpc_id: pulumi.Input[str]
    vpc_cidr: str
    subnet_ids: Mapping[str, Sequence[pulumi.Input[str]]]


@dataclass(frozen=True)
class Entry:
    """One tcp rule."""

    number: int
    egress: bool
    cidr: str
    from_port: int
    to_port: int


def entries(tier: str, vpc_cidr: str) -> list[Entry]:
    """Rules of one tier. The database tier speaks with the VPC alone."""
    if tier == "database":
        return [
            Entry(100, False, vpc_cidr, 1024, 65535),
            Entry(100, True, vpc_cidr, 1024, 65535),
        ]
    ports = ((80, 80), (443, 443), *EPHEMERAL)
    inward = [
        Entry(100 + 10 * i, False, ANYWHERE, low, high) for i, (low, high) in enumerate(ports)
    ]
    return [*inward, Entry(100, True, ANYWHERE, 0, 65535)]


class AccessLists(pulumi.ComponentResource):
    """One network access list per tier, each rule a resource of its own."""

    def __init__(
        self, name: str, args: AccessListsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("flask-fargate:access_lists:AccessLists", name, None, opts)
        for tier, subnet_ids in args.subnet_ids.items():
            acl = aws.ec2.NetworkAcl(
                f"{name}-{tier}",
                vpc_id=args.vpc_id,
                subnet_ids=subnet_ids,
                tags={"Name": f"{name}-{tier}"},
                opts=pulumi.ResourceOptions(parent=self),
            )
            for entry in entries(tier, args.vpc_cidr):
                direction = "out" if entry.egress else "in"
                aws.ec2.NetworkAclRule(
                    f"{name}-{tier}-{direction}-{entry.number}",
                    network_acl_id=acl.id,
                    rule_number=entry.number,
                    egress=entry.egress,
                    protocol="tcp",
                    rule_action="allow",
                    cidr_block=entry.cidr,
                    from_port=entry.from_port,
                    to_port=entry.to_port,
                    opts=pulumi.ResourceOptions(parent=acl),
                )
        self.register_outputs({})
