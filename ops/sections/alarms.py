"""Alarms of the stack that ring."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ops.permissions import Need
from ops.sections.section import Section, judged

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

    from ops.outputs import Outputs

NEED = Need(
    actions=("cloudwatch:DescribeAlarms",),
    # [CloudWatch API, DescribeAlarms]
    because="AWS shows composite alarms to nobody who may look at a part of the alarms only",
)


def section(cloudwatch: CloudWatchClient, outputs: Outputs, root: Path) -> Section:
    """Those whose name begins with the stack's, but those that only scale, and those of a stack
    with a longer name, which has a file in `root`.
    """
    from ops.stack_file.settings import longer_prefixes

    rings, total, others = {}, 0, longer_prefixes(outputs.prefix, root)
    pages = cloudwatch.get_paginator("describe_alarms").paginate(
        AlarmNamePrefix=f"{outputs.prefix}-", AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    for page in pages:
        for alarm in (*page.get("MetricAlarms", ()), *page.get("CompositeAlarms", ())):
            actions = alarm.get("AlarmActions", [])
            # The process eu of polls-qa, and the stack polls-qa-eu: who is told is whose it is.
            is_anothers = alarm["AlarmName"].startswith(others) and outputs.topic_arn not in actions
            if is_anothers or _only_scales(actions):
                continue
            total += 1
            if alarm.get("StateValue") == "ALARM":
                reason = alarm.get("AlarmDescription") or alarm.get("StateReason", "")
                rings[alarm["AlarmName"]] = reason
    if not total:
        return Section(state="told", text="none is set up", facts={"total": 0, "ringing": {}})
    text = f"{len(rings)} of {total} ring" if rings else f"none of {total} rings"
    return Section(
        state=judged(bool(rings)),
        text=text,
        details=tuple(f"{name}: {reason}" for name, reason in rings.items()),
        facts={"total": total, "ringing": rings},
    )


def _only_scales(actions: list[str]) -> bool:
    """Such an alarm rings whenever there is much or little to do."""
    return bool(actions) and all(":autoscaling:" in action for action in actions)
