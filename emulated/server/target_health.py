"""The balancers' health checks: registered targets are asked, their states can be looked up."""

from __future__ import annotations

import http.client
import logging
import threading
import time
from collections.abc import Iterator
from typing import Any

from ministack.core.responses import get_region, request_scope
from ministack.services import alb

from emulated.server.health_check import (
    DEREGISTERING,
    REGISTERING,
    TIMED_OUT,
    UNREACHABLE,
    Failure,
    HealthCheck,
    TargetRecord,
    wrong_code,
)
from emulated.server.patching import Function, replace
from emulated.server.query_protocol import element
from emulated.server.settings import ServerSettings

log = logging.getLogger(__name__)
TICK_SECONDS = 0.25

Key = tuple[str, str, int]  # target group, address, port
_RECORDS: dict[Key, TargetRecord] = {}
_DRAINING: dict[Key, TargetRecord] = {}


def install(_settings: ServerSettings) -> None:
    """Answer DescribeTargetHealth from the checks instead of always with healthy."""
    replace(alb, "_describe_target_health", _described_by_checks)


def target_port(group: dict[str, Any], target: dict[str, Any]) -> int:
    """The port on which a target takes requests."""
    return int(target.get("Port") or group.get("Port") or 80)


def is_healthy(group_arn: str, address: str | None, port: int) -> bool:
    """Whether the balancer would send requests to this target."""
    return state_of(group_arn, address, port) == "healthy"


def state_of(group_arn: str, address: str | None, port: int) -> str:
    """``initial``, ``healthy`` or ``unhealthy``; ``unused`` when it is not registered."""
    record = _RECORDS.get((group_arn, address or "", port))
    return record.state if record else "unused"


def failure_of(group_arn: str, address: str | None, port: int) -> Failure | None:
    """Why a target is not healthy; None when it is, or is not registered."""
    record = _RECORDS.get((group_arn, address or "", port))
    return record.failure if record else None


def begin_draining(group_arn: str, address: str, port: int) -> None:
    """Show a target that left its group as draining until `end_draining`."""
    _DRAINING[group_arn, address, port] = TargetRecord(state="draining", failure=DEREGISTERING)


def end_draining(group_arn: str, address: str, port: int) -> None:
    """Forget a target whose connections have ended."""
    _DRAINING.pop((group_arn, address, port), None)


def watch(settings: ServerSettings) -> None:
    """Check targets for ever: a thread's work."""
    while True:
        time.sleep(TICK_SECONDS)
        try:
            check_due_targets(settings)
        except Exception:
            # One odd record must not end the health checks of all others.
            log.exception("health checks")


def check_due_targets(settings: ServerSettings) -> None:
    """Start the checks that are due, forget targets that are gone."""
    seen: set[Key] = set()
    for group, target in registered_targets():
        key = (group["TargetGroupArn"], target["Id"], target_port(group, target))
        seen.add(key)
        record = _RECORDS.setdefault(key, TargetRecord())
        check = HealthCheck.of(group)
        if not check.enabled or not settings.containers:
            # Without containers a target is a record, and a record has no ailments.
            record.state, record.failure = "healthy", None
        elif not record.busy and record.due <= time.time():
            record.busy = True
            threading.Thread(target=_check, args=(check, key, record), daemon=True).start()
    for key in set(_RECORDS) - seen:
        _RECORDS.pop(key, None)


def registered_targets() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Every target of every account with its target group, functions left out."""
    for (account, region, arn), group in alb._tgs.all_items():
        if group.get("TargetType", "instance") == "lambda":
            continue
        with request_scope(account, region):
            targets = list(alb._targets.get(arn, []))
        for target in targets:
            yield {**group, "TargetGroupArn": arn}, target


def _check(check: HealthCheck, key: Key, record: TargetRecord) -> None:
    _, address, port = key
    record.note(check, probe(check, address, check.port or port), time.time())


def probe(check: HealthCheck, address: str, port: int) -> Failure | None:
    """Ask a target once; None when it is well."""
    headers = {
        "User-Agent": "ELB-HealthChecker/2.0",
        "Connection": "close",
        "Host": f"{address}:{port}",
    }
    connection = http.client.HTTPConnection(address, port, timeout=check.timeout_seconds)
    try:
        connection.request("GET", check.path, headers=headers)
        code = connection.getresponse().status
    except TimeoutError:
        return TIMED_OUT
    except (OSError, http.client.HTTPException):
        return UNREACHABLE
    finally:
        connection.close()
    return None if check.accepts(code) else wrong_code(code)


def _described_by_checks(original: Function) -> Function:
    def describe(parameters: dict[str, Any]) -> Any:
        arn = alb._p(parameters, "TargetGroupArn")
        if arn not in alb._tgs:
            return original(parameters)
        wanted = {target["Id"] for target in alb._parse_targets_param(parameters)}
        known = list(alb._targets.get(arn, []))
        there = {target["Id"] for target in known}
        leaving = [{"Id": a, "Port": p} for group, a, p in list(_DRAINING) if group == arn]
        known += [target for target in leaving if target["Id"] not in there]
        shown = [target for target in known if not wanted or target["Id"] in wanted]
        members = "".join(_target_xml(alb._tgs[arn], arn, target) for target in shown)
        body = f"<TargetHealthDescriptions>{members}</TargetHealthDescriptions>"
        return alb._xml(200, "DescribeTargetHealth", body)

    return describe


def _target_xml(group: dict[str, Any], arn: str, target: dict[str, Any]) -> str:
    port = target_port(group, target)
    key = (arn, target["Id"], port)
    record = _DRAINING.get(key) or _RECORDS.get(key) or TargetRecord(failure=REGISTERING)
    if group.get("TargetType") == "lambda":
        record = TargetRecord(state="healthy", failure=None)
    health = element("State", record.state)
    if record.failure:
        health += element("Reason", record.failure.reason)
        health += element("Description", record.failure.text)
    place = element("Id", target["Id"]) + element("Port", port)
    place += element("AvailabilityZone", get_region() + "a")
    return (
        f"<member><Target>{place}</Target>{element('HealthCheckPort', port)}"
        f"<TargetHealth>{health}</TargetHealth></member>"
    )
