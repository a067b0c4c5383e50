"""RDS event subscriptions, as records."""

from __future__ import annotations

from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import rds

from emulated.server.query_protocol import element, listed
from emulated.server.settings import ServerSettings
from emulated.server.shelf import shelf

Record = dict[str, Any]
FIELDS = {"topic": "SnsTopicArn", "type": "SourceType", "enabled": "Enabled"}
LISTS = {"categories": "EventCategories", "sources": "SourceIds"}


def install(_settings: ServerSettings) -> None:
    """Answer the calls that ministack lacks."""
    rds._ACTION_MAP.update(
        CreateEventSubscription=_create,
        ModifyEventSubscription=_modify,
        DeleteEventSubscription=_delete,
        DescribeEventSubscriptions=_describe,
    )


def _arn(name: str) -> str:
    return f"arn:aws:rds:{get_region()}:{get_account_id()}:es:{name}"


def _create(parameters: Record) -> Any:
    name = rds._p(parameters, "SubscriptionName")
    blank = {"name": name, "topic": "", "type": "", "enabled": "true"}
    shelf("subscription")[name] = {**blank, "categories": [], "sources": []}
    rds._tags[_arn(name)] = rds._parse_tags(parameters)
    return _update("Create", name, parameters)


def _modify(parameters: Record) -> Any:
    return _update("Modify", rds._p(parameters, "SubscriptionName"), parameters)


def _update(verb: str, name: str, parameters: Record) -> Any:
    subscription = shelf("subscription").get(name)
    if subscription is None:
        return _absent(name)
    given = {field: rds._p(parameters, theirs) for field, theirs in FIELDS.items()}
    given |= {field: listed(parameters, theirs) for field, theirs in LISTS.items()}
    subscription.update({field: value for field, value in given.items() if value})
    return _answer(verb, subscription)


def _delete(parameters: Record) -> Any:
    name = rds._p(parameters, "SubscriptionName")
    subscription = shelf("subscription").pop(name, None)
    return _answer("Delete", subscription) if subscription else _absent(name)


def _describe(parameters: Record) -> Any:
    name, every = rds._p(parameters, "SubscriptionName"), shelf("subscription")
    if name and name not in every:
        return _absent(name)
    shown = [every[name]] if name else list(every.values())
    inner = "".join(f"<EventSubscription>{_xml(s)}</EventSubscription>" for s in shown)
    result = f"<EventSubscriptionsList>{inner}</EventSubscriptionsList>"
    action = "DescribeEventSubscriptions"
    return rds._xml(200, f"{action}Response", f"<{action}Result>{result}</{action}Result>")


def _answer(verb: str, subscription: Record) -> Any:
    action = f"{verb}EventSubscription"
    inner = f"<EventSubscription>{_xml(subscription)}</EventSubscription>"
    return rds._xml(200, f"{action}Response", f"<{action}Result>{inner}</{action}Result>")


def _absent(name: str) -> Any:
    return rds._error("SubscriptionNotFound", f"Subscription {name} not found", 404)


def _xml(subscription: Record) -> str:
    categories = "".join(element("EventCategory", c) for c in subscription["categories"])
    sources = "".join(element("SourceId", s) for s in subscription["sources"])
    plain = {
        "CustomerAwsId": get_account_id(),
        "CustSubscriptionId": subscription["name"],
        "SnsTopicArn": subscription["topic"],
        "Status": "active",
        "SourceType": subscription["type"],
        "Enabled": subscription["enabled"],
        "EventSubscriptionArn": _arn(subscription["name"]),
    }
    return (
        "".join(element(name, value) for name, value in plain.items())
        + f"<EventCategoriesList>{categories}</EventCategoriesList>"
        + f"<SourceIdsList>{sources}</SourceIdsList>"
    )
