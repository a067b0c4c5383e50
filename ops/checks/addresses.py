"""Addresses that are left in the subnets of tasks and balancer."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ops.checks.check import Check
from ops.checks.finding import Finding, ok, problem, warning
from ops.permissions import NO_RESOURCE, Need

if TYPE_CHECKING:
    from infra.settings import Settings
    from ops.checks.situation import Situation

NEEDS = (
    Need(
        actions=("ec2:DescribeSubnets", "elasticloadbalancing:DescribeLoadBalancers"),
        because=NO_RESOURCE,
    ),
)
# A balancer that grows takes as many of each of its subnets [ELB user guide, "Subnets for your
# load balancer"]; tasks need no fewer.
LEAST = 8


def find(situation: Situation) -> Iterator[Finding]:
    """Enough in each subnet for a rollout with all tasks, and for a balancer that grows."""
    outputs, clients = situation.outputs, situation.clients
    balancer = clients.elbv2.describe_load_balancers(LoadBalancerArns=[outputs.balancer_arn])
    public = [
        each["SubnetId"]
        for each in balancer["LoadBalancers"][0].get("AvailabilityZones", ())
        if "SubnetId" in each
    ]
    private = list(outputs.private_subnet_ids)
    answer = clients.ec2.describe_subnets(SubnetIds=sorted({*public, *private}))
    free = {each["SubnetId"]: each["AvailableIpAddressCount"] for each in answer["Subnets"]}
    needed = _needed(situation.settings, len(private)) if situation.settings else LEAST
    low = [f"{subnet} has {count}" for subnet, count in sorted(free.items()) if count < LEAST]
    tight = [f"{subnet} has {free[subnet]}" for subnet in private if LEAST <= free[subnet] < needed]
    if low:
        yield problem(
            f"too few addresses are left: {', '.join(low)}; tasks or the balancer cannot grow",
            "Find out what else takes addresses of these subnets: "
            f"`aws ec2 describe-network-interfaces --filters Name=vpc-id,Values={outputs.vpc_id}`",
        )
    if tight:
        yield warning(
            f"a rollout with all tasks needs {needed} addresses in each subnet: {', '.join(tight)}",
            "Fewer tasks (max-tasks), or a stack with a larger network: cidr",
        )
    if not low and not tight:
        yield ok(f"{min(free.values(), default=0)} addresses are left in the fullest subnet")


def _needed(settings: Settings, subnets: int) -> int:
    """Addresses in each of so many subnets while a rollout runs every task twice."""
    tasks = settings.autoscaling.max_tasks + sum(
        each.max_tasks for each in settings.processes.values()
    )
    return max(LEAST, math.ceil(2 * tasks / max(1, subnets)))


CHECK = Check(name="addresses", about="room in the subnets", find=find, needs=NEEDS)
