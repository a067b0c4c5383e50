"""Requests, errors and answering times of the last hour, as the balancer counts them.

The page of a maintenance is a target's 503 to the balancer, so only the application's own targets
are asked about. What the balancer itself refuses is counted for all of it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ops import metrics
from ops.metrics import Metric
from ops.sections.section import Section, judged

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

    from ops.outputs import Outputs

SPAN = timedelta(hours=1)
# One in a hundred; and more than a handful, as one failed request of three says little.
ERROR_PERCENT, ERRORS = 1.0, 5
_COUNTS = {
    "requests": "RequestCount",
    "failed": "HTTPCode_Target_5XX_Count",
    "refused": "HTTPCode_ELB_5XX_Count",
}


def section(cloudwatch: CloudWatchClient, outputs: Outputs, now: datetime) -> Section:
    """Wrong when more than ERROR_PERCENT of the answers were a server's errors."""
    found = metrics.read(cloudwatch, _metrics(outputs), SPAN, now)
    requests, failed, refused = (round(sum(found[key])) for key in _COUNTS)
    # Two halves of hours have a value each: the worse one is told.
    p50, p99 = (max(found[key], default=None) for key in ("p50", "p99"))
    errors = failed + refused
    percent = 100 * errors / max(requests, errors) if errors else 0.0
    facts = {
        "requests": requests,
        "errors": errors,
        "error_percent": percent,
        "p50_seconds": p50,
        "p99_seconds": p99,
    }
    if not requests and not errors:
        return Section(state="told", text="none in the last hour", facts=facts)
    said = [f"{requests} in the last hour", f"{percent:.2g} % failed ({errors})"]
    said += [f"{name} {_time(value)}" for name, value in (("p50", p50), ("p99", p99)) if value]
    is_wrong = errors >= ERRORS and percent > ERROR_PERCENT
    return Section(state=judged(is_wrong), text=", ".join(said), facts=facts)


def _metrics(outputs: Outputs) -> dict[str, Metric]:
    balancer = {"LoadBalancer": outputs.balancer_arn.partition(":loadbalancer/")[2]}
    application = balancer | {"TargetGroup": outputs.target_group_arn.rpartition(":")[2]}
    named = {key: (name, "Sum") for key, name in _COUNTS.items()}
    times = {key: ("TargetResponseTime", key) for key in ("p50", "p99")}
    return {
        key: Metric(
            namespace="AWS/ApplicationELB",
            name=name,
            dimensions=balancer if key == "refused" else application,
            statistic=statistic,
            period_seconds=3600,
        )
        for key, (name, statistic) in (named | times).items()
    }


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
