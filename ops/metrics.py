"""Numbers of CloudWatch, several at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef

# [CloudWatch API, GetMetricData]
_QUERIES_A_CALL = 500


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One number over time: `statistic` is CloudWatch's, such as Average, Sum, p99."""

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    statistic: str
    period_seconds: int = 60


def read(
    cloudwatch: CloudWatchClient, metrics: Mapping[str, Metric], span: timedelta, now: datetime
) -> Mapping[str, Sequence[float]]:
    """What was measured of each within the last `span`, newest first; nothing for what was not."""
    queries = [_query(f"m{place}", metric) for place, metric in enumerate(metrics.values())]
    found: dict[str, list[float]] = {}
    for first in range(0, len(queries), _QUERIES_A_CALL):
        answer = cloudwatch.get_metric_data(
            MetricDataQueries=queries[first : first + _QUERIES_A_CALL],
            StartTime=now - span,
            EndTime=now,
            ScanBy="TimestampDescending",
        )
        found |= {each["Id"]: each["Values"] for each in answer["MetricDataResults"]}
    return {key: found.get(f"m{place}", []) for place, key in enumerate(metrics)}


def _query(key: str, metric: Metric) -> MetricDataQueryTypeDef:
    return {
        "Id": key,
        "MetricStat": {
            "Metric": {
                "Namespace": metric.namespace,
                "MetricName": metric.name,
                "Dimensions": [
                    {"Name": name, "Value": value} for name, value in metric.dimensions.items()
                ],
            },
            "Period": metric.period_seconds,
            "Stat": metric.statistic,
        },
    }
