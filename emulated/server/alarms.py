"""CloudWatch alarms: what ministack forgets of them, and the protocol that providers speak."""

from __future__ import annotations

import json
from typing import Any

from ministack.services import cloudwatch

from emulated.server.patching import Function, replace, replace_each
from emulated.server.query_protocol import as_xml, nested
from emulated.server.settings import ServerSettings

Record = dict[str, Any]
MATH = ("Metrics", "ThresholdMetricId", "EvaluateLowSampleCountPercentile")
OF_ONE_METRIC = ("MetricName", "Namespace", "Period")
SPOKEN_IN_QUERIES = {
    "_put_metric_alarm": "PutMetricAlarm",
    "_put_composite_alarm": "PutCompositeAlarm",
    "_describe_alarms": "DescribeAlarms",
}


def install(_settings: ServerSettings) -> None:
    """Wrap what puts and describes alarms, the protocol outermost."""
    replace_each(
        cloudwatch,
        {"_put_metric_alarm": _keeping_math, "_put_composite_alarm": _keeping_suppressor},
    )
    for name, action in SPOKEN_IN_QUERIES.items():
        replace(cloudwatch, name, as_query(action))


def _keeping_math(original: Function) -> Function:
    def put(parameters: Record, data: Record, is_cbor: bool, is_json: bool = False) -> Any:
        result = original(parameters, data, is_cbor, is_json)
        alarm = cloudwatch._alarms.get(data.get("AlarmName"))
        if result[0] == 200 and alarm:
            alarm.update({name: data[name] for name in MATH if name in data})
            _drop_defaults(alarm, data)
        return result

    return put


def _drop_defaults(alarm: Record, data: Record) -> None:
    """An alarm on an expression has no metric of its own, one on a percentile no statistic."""
    if data.get("Metrics"):
        for name in OF_ONE_METRIC:
            if name not in data:
                alarm.pop(name, None)
    if "Statistic" not in data and (data.get("Metrics") or data.get("ExtendedStatistic")):
        alarm.pop("Statistic", None)


def _keeping_suppressor(original: Function) -> Function:
    def put(parameters: Record, data: Record, is_cbor: bool, is_json: bool = False) -> Any:
        result = original(parameters, data, is_cbor, is_json)
        if result[0] == 200:
            given = {k: v for k, v in data.items() if k.startswith("ActionsSuppressor")}
            cloudwatch._composite_alarms[data["AlarmName"]].update(given)
        return result

    return put


def as_query(action: str) -> Any:
    """A wrapper that lets the Query protocol say all that the JSON one can."""

    def wrap(original: Function) -> Function:
        def handle(parameters: Record, data: Record, is_cbor: bool, is_json: bool = False) -> Any:
            if is_cbor or is_json:
                return original(parameters, data, is_cbor, is_json)
            status, _, body = original({}, nested(parameters), False, True)
            answer = json.loads(body or b"{}")
            if status >= 400:
                code = answer.get("__type", "ValidationError").rsplit("#", 1)[-1]
                return cloudwatch._error(code, answer.get("message", ""), status)
            inner = as_xml(answer, cloudwatch._ts_iso)
            result = f"<{action}Result>{inner}</{action}Result>"
            return cloudwatch._xml(status, f"{action}Response", result)

        return handle

    return wrap
