"""What the stack cost this month."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ops.sections.section import Section

if TYPE_CHECKING:
    from mypy_boto3_ce import CostExplorerClient


def section(costs: CostExplorerClient, tags: Mapping[str, str], now: datetime) -> Section:
    """The sum over everything with the stack's tags, as far as AWS has counted."""
    answer = costs.get_cost_and_usage(
        TimePeriod={
            "Start": f"{now:%Y-%m-01}",
            # The end is not included [Cost Explorer API, GetCostAndUsage].
            "End": f"{now + timedelta(days=1):%Y-%m-%d}",
        },
        Granularity="MONTHLY",
        Metrics=["UnblendedCost"],
        Filter={"And": [{"Tags": {"Key": key, "Values": [value]}} for key, value in tags.items()]},
    )
    amounts = [each["Total"].get("UnblendedCost", {}) for each in answer["ResultsByTime"]]
    total = sum(float(each.get("Amount", 0)) for each in amounts)
    unit = next((each["Unit"] for each in amounts if "Unit" in each), "USD")
    facts = {"amount": round(total, 2), "unit": unit}
    if total:
        return Section(state="told", text=f"{total:.2f} {unit} this month", facts=facts)
    return Section(state="told", text=_why_nothing(costs, tags), facts=facts)


def _why_nothing(costs: CostExplorerClient, tags: Mapping[str, str]) -> str:
    """AWS counts by a tag only from the day on which somebody switched that on."""
    active = costs.list_cost_allocation_tags(Status="Active", TagKeys=list(tags))
    known = {each["TagKey"] for each in active["CostAllocationTags"]}
    missing = ", ".join(key for key in tags if key not in known)
    if missing:
        return (
            f"not counted: activate the cost allocation tags {missing} in the Billing console of "
            "the account that pays"
        )
    return "nothing counted yet this month; AWS is up to a day late"
