"""Rules that come before the balancer's own: who still reaches the application, and the page.

They are made here and not by the program: Pulumi neither sees nor touches them, so that an update
during maintenance leaves it as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

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
    """The ARN of the rule that shows the page, and by priority those that let addresses through.

    `pages_elsewhere` and `doors_elsewhere` are ARNs of such rules on other listeners: with a domain
    that is added meanwhile the application gets a new one, and the old one stays and redirects.
    """

    page: str | None = None
    doors: Mapping[int, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    pages_elsewhere: tuple[str, ...] = ()
    doors_elsewhere: tuple[str, ...] = ()

    @property
    def addresses(self) -> tuple[str, ...]:
        """Whom they let through."""
        return tuple(each for _, (_, some) in sorted(self.doors.items()) for each in some)

    @property
    def elsewhere(self) -> tuple[str, ...]:
        """What is on other listeners, in the order in which it is taken away."""
        return self.pages_elsewhere + self.doors_elsewhere

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.page or self.doors or self.elsewhere)


def read(elbv2: ElasticLoadBalancingv2Client, outputs: Outputs) -> Rules:
    """The rules that maintenance has made; OpsError when others stand in its way on the listener.

    They are known by their priority, and by where they send requests.
    """
    page, doors = None, {}
    for priority, rule in _first_rules(elbv2, outputs.listener_arn):
        match _kind(rule, priority, outputs):
            case "page":
                page = rule["RuleArn"]
            case "door":
                doors[priority] = rule["RuleArn"], _addresses(rule)
            case None:
                raise _in_the_way(rule, priority)
    elsewhere = [
        (_kind(rule, priority, outputs), rule["RuleArn"])
        for listener_arn in _other_listeners(elbv2, outputs)
        for priority, rule in _first_rules(elbv2, listener_arn)
    ]
    return Rules(
        page=page,
        doors=doors,
        pages_elsewhere=tuple(arn for kind, arn in elsewhere if kind == "page"),
        doors_elsewhere=tuple(arn for kind, arn in elsewhere if kind == "door"),
    )


def put(
    elbv2: ElasticLoadBalancingv2Client, outputs: Outputs, addresses: Sequence[str], found: Rules
) -> None:
    """Let these addresses through, and show the page to everybody else.

    The page comes last: nobody who is let through sees it in between. What another listener has of
    it goes only when this one has the page.
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
    for arn in found.elsewhere:
        _delete(elbv2, arn)


def remove(elbv2: ElasticLoadBalancingv2Client, found: Rules) -> None:
    """Take them away, the page first: everybody reaches the application again."""
    here = [*([found.page] if found.page else []), *(arn for arn, _ in found.doors.values())]
    for arn in [*here, *found.elsewhere]:
        _delete(elbv2, arn)


def _other_listeners(elbv2: ElasticLoadBalancingv2Client, outputs: Outputs) -> Iterator[str]:
    answers = elbv2.get_paginator("describe_listeners").paginate(
        LoadBalancerArn=outputs.balancer_arn
    )
    for listener in (each for answer in answers for each in answer["Listeners"]):
        if listener["ListenerArn"] != outputs.listener_arn:
            yield listener["ListenerArn"]


def _first_rules(
    elbv2: ElasticLoadBalancingv2Client, listener_arn: str
) -> Iterator[tuple[int, RuleTypeDef]]:
    """A listener's rules with a priority that maintenance uses."""
    answers = elbv2.get_paginator("describe_rules").paginate(ListenerArn=listener_arn)
    for rule in (each for answer in answers for each in answer["Rules"]):
        if rule["Priority"].isdigit() and int(rule["Priority"]) <= PAGE_PRIORITY:
            yield int(rule["Priority"]), rule


def _kind(rule: RuleTypeDef, priority: int, outputs: Outputs) -> Literal["page", "door"] | None:
    """What the rule is to maintenance; None when somebody else made it."""
    target = _target(rule)
    if priority == PAGE_PRIORITY:
        return "page" if target == outputs.maintenance_target_group_arn else None
    return "door" if target == outputs.target_group_arn and _addresses(rule) else None


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
