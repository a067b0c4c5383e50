"""Rules of listeners: by a client's address, one for each priority; what a rule uses stays."""

from __future__ import annotations

from typing import Any

from ministack.core.responses import get_request_client_ip
from ministack.services import alb

from emulated.server.patching import Function, replace
from emulated.server.rule_conditions import comes_from
from emulated.server.settings import ServerSettings

# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html
VALUES_MAX = 5


def install(_settings: ServerSettings) -> None:
    """Wrap what ministack does with rules, and with the deletion of a target group."""
    replace(alb, "_match_condition", _by_address)
    replace(alb, "_create_rule", _of_its_own_priority)
    replace(alb, "_delete_tg", _unless_used)


def _by_address(original: Function) -> Function:
    def matches(condition: dict[str, Any], *request: Any) -> bool:
        if condition.get("Field") == "source-ip":
            return comes_from(get_request_client_ip() or "", condition.get("Values", []))
        return bool(original(condition, *request))

    return matches


def _of_its_own_priority(original: Function) -> Function:
    def create(parameters: dict[str, Any]) -> Any:
        listener, priority = (alb._p(parameters, key) for key in ("ListenerArn", "Priority"))
        if any(
            rule.get("ListenerArn") == listener and str(rule.get("Priority")) == priority
            for rule in alb._rules.values()
        ):
            return alb._error("PriorityInUse", f"Priority '{priority}' is currently in use")
        conditions = alb._parse_conditions(parameters)
        if sum(len(condition.get("Values", [])) for condition in conditions) > VALUES_MAX:
            text = f"A rule can only have '{VALUES_MAX}' condition values"
            return alb._error("ValidationError", text)
        return original(parameters)

    return create


def _unless_used(original: Function) -> Function:
    def delete(parameters: dict[str, Any]) -> Any:
        arn = alb._p(parameters, "TargetGroupArn")
        rules = [rule for rule in alb._rules.values() if not rule.get("IsDefault")]
        users = [*alb._listeners.values(), *rules]
        actions = [
            action
            for user in users
            for action in [*user.get("Actions", []), *user.get("DefaultActions", [])]
        ]
        if any(action.get("TargetGroupArn") == arn for action in actions):
            text = f"Target group '{arn}' is currently in use by a listener or a rule"
            return alb._error("ResourceInUse", text)
        return original(parameters)

    return delete
