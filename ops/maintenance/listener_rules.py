"""Rules that come before the balancer's own: who still reaches the application, and the page.

They are made here and not by the program: Pulumi neither sees nor touches them, so that an update
during maintenance leaves it as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ops.problems import OpsError

if TYPE_CHECKING:
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_elbv2.type_defs import ActionTypeDef, RuleConditionTypeDef, RuleTypeDef

    from ops.outputs import Outputs

# AWS looks at rules from the lowest number on. Addresses come before the page, which is for all.
PAGE_PRIORITY = 10
# Of one rule [Application Load Balancer user guide, "Quotas": condition values per rule].
ADDRESSES_PER_RULE = 5
ADDRESSES_MAX = ADDRESSES_PER_RULE * (PAGE_PRIORITY - 1)


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The ARN of the rule that shows the page, and by priority those that let addresses through."""

    page: str | None = None
    doors: Mapping[int, tuple[str, tuple[str, ...]]] = field(default_factory=dict)

    @property
    def addresses(self) -> tuple[str, ...]:
        """Whom they let through."""
        return tuple(each for _, (_, some) in sorted(self.doors.items()) for each in some)

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.page or self.doors)


def read(elbv2: ElasticLoadBalancingv2Client, outputs: Outputs) -> Rules:
    """The rules that maintenance has made on the listener; OpsError when others stand in its way.

    They are known by their priority, and by where they send requests.
    """
    page, doors = None, {}
    pages = elbv2.get_paginator("describe_rules").paginate(ListenerArn=outputs.listener_arn)
    for rule in (rule for found in pages for rule in found["Rules"]):
        priority = int(rule["Priority"]) if rule["Priority"].isdigit() else PAGE_PRIORITY + 1
        if priority > PAGE_PRIORITY:
            continue
        target = _target(rule)
        if priority == PAGE_PRIORITY and target == outputs.maintenance_target_group_arn:
            page = rule["RuleArn"]
        elif priority < PAGE_PRIORITY and target == outputs.target_group_arn and _addresses(rule):
            doors[priority] = rule["RuleArn"], _addresses(rule)
        else:
            raise _in_the_way(rule, priority)
    return Rules(page=page, doors=doors)


def put(
    elbv2: ElasticLoadBalancingv2Client, outputs: Outputs, addresses: Sequence[str], found: Rules
) -> None:
    """Let these addresses through, and show the page to everybody else.

    The page comes last: nobody who is let through sees it in between.
    """
    wanted = dict(enumerate(_chunks(addresses), start=1))
    for priority, some in wanted.items():
        conditions: Any = [{"Field": "source-ip", "SourceIpConfig": {"Values": list(some)}}]
        known = found.doors.get(priority)
        if known is None:
            _create(elbv2, outputs, priority, conditions, outputs.target_group_arn)
        elif known[1] != some:
            elbv2.modify_rule(RuleArn=known[0], Conditions=conditions)
    if found.page is None:
        everything: Any = [{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/*"]}}]
        _create(elbv2, outputs, PAGE_PRIORITY, everything, outputs.maintenance_target_group_arn)
    for priority, (arn, _) in found.doors.items():
        if priority not in wanted:
            _delete(elbv2, arn)


def remove(elbv2: ElasticLoadBalancingv2Client, found: Rules) -> None:
    """Take them away, the page first: everybody reaches the application again."""
    for arn in [*([found.page] if found.page else []), *(arn for arn, _ in found.doors.values())]:
        _delete(elbv2, arn)


def _create(
    elbv2: ElasticLoadBalancingv2Client,
    outputs: Outputs,
    priority: int,
    conditions: Sequence[RuleConditionTypeDef],
    target_group_arn: str,
) -> None:
    actions: list[ActionTypeDef] = [{"Type": "forward", "TargetGroupArn": target_group_arn}]
    try:
        elbv2.create_rule(
            ListenerArn=outputs.listener_arn,
            Priority=priority,
            Conditions=conditions,
            Actions=actions,
        )
    except elbv2.exceptions.PriorityInUseException as error:
        raise OpsError(
            "Somebody else makes the same rules at this moment, so not all of this is done.\n"
            "`bin/ops maintenance` shows what there is; then run this again."
        ) from error


def _delete(elbv2: ElasticLoadBalancingv2Client, arn: str) -> None:
    try:
        elbv2.delete_rule(RuleArn=arn)
    except elbv2.exceptions.RuleNotFoundException:
        return  # Somebody else was quicker.


def _chunks(addresses: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for start in range(0, len(addresses), ADDRESSES_PER_RULE):
        yield tuple(addresses[start : start + ADDRESSES_PER_RULE])


def _target(rule: RuleTypeDef) -> str:
    actions = rule["Actions"]
    return actions[0].get("TargetGroupArn", "") if len(actions) == 1 else ""


def _addresses(rule: RuleTypeDef) -> tuple[str, ...]:
    """Addresses that are the rule's only condition; none when it has another one."""
    conditions = rule["Conditions"]
    if len(conditions) != 1 or conditions[0].get("Field") != "source-ip":
        return ()
    return tuple(conditions[0].get("SourceIpConfig", {}).get("Values", ()))


def _in_the_way(rule: RuleTypeDef, priority: int) -> OpsError:
    return OpsError(
        f"The balancer's listener has a rule of priority {priority} that maintenance did not make: "
        f"{rule['RuleArn']}. It would come before the page, which needs the priorities 1 to "
        f"{PAGE_PRIORITY}.\nNothing was changed. Give it a higher one: `aws elbv2 "
        f"set-rule-priorities --rule-priorities RuleArn={rule['RuleArn']},Priority="
        f"{PAGE_PRIORITY + priority}`, then run this again."
    )
