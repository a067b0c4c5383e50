"""Alarms that ring, and whether anybody hears them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ops.checks.check import Check
from ops.checks.finding import Finding, as_in_status, ok, warning
from ops.permissions import Need
from ops.sections import alarms

if TYPE_CHECKING:
    from ops.checks.situation import Situation

NEEDS = (
    alarms.NEED,
    Need(actions=("sns:ListSubscriptionsByTopic",), resources=("{topic_arn}",)),
)
PENDING = "PendingConfirmation"


def find(situation: Situation) -> Iterator[Finding]:
    """None rings, and everybody who is to hear of failures has agreed to."""
    section = alarms.section(situation.clients.cloudwatch, situation.outputs, situation.root)
    yield as_in_status(
        section, f"`bin/ops status --stack {situation.stack}` shows what they are about"
    )
    yield from _hearers(situation)


def _hearers(situation: Situation) -> Iterator[Finding]:
    topic, settings = situation.outputs.topic_arn, situation.settings
    pages = situation.clients.sns.get_paginator("list_subscriptions_by_topic").paginate(
        TopicArn=topic
    )
    listed = [each for page in pages for each in page["Subscriptions"]]
    waiting = [each["Endpoint"] for each in listed if each["SubscriptionArn"] == PENDING]
    if waiting:
        yield warning(
            f"{', '.join(sorted(waiting))} would be told of failures, but has never agreed to",
            "Confirm the subscription by the link in AWS's mail; it comes again with `aws sns "
            f"subscribe --topic-arn {topic} --protocol email --notification-endpoint ADDRESS`",
        )
    elif listed:
        yield ok(f"{len(listed)} subscribed to failures")
    elif settings is not None and not settings.safeguards.email_required:
        yield ok("nobody is told of failures, as the settings say")
    else:
        yield warning(
            "nobody is told of failures",
            "Write an address under notifications: emails, then " + situation.way_back.up,
        )


CHECK = Check(name="alarms", about="alarms and who hears them", find=find, needs=NEEDS)
