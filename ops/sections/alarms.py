"""Alarms of the stack that ring."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.sections.section import Section, judged

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient


def section(cloudwatch: CloudWatchClient, prefix: str) -> Section:
    """Those whose name begins with the stack's, but those that only scale."""
    rings, total = {}, 0
    pages = cloudwatch.get_paginator("describe_alarms").paginate(
        AlarmNamePrefix=f"{prefix}-", AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    for page in pages:
        for alarm in (*page.get("MetricAlarms", ()), *page.get("CompositeAlarms", ())):
            if _only_scales(alarm.get("AlarmActions", [])):
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
