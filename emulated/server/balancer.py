"""Load balancers: requests by domain name, to healthy targets in turn, protected deletion."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any
from urllib.parse import urlencode

from ministack import app
from ministack.services import acm, alb, route53

from emulated.server import target_proxy
from emulated.server.balancer_choice import covers, is_own_domain, listener_port
from emulated.server.patching import Function, replace
from emulated.server.settings import ServerSettings
from emulated.server.target_health import is_healthy, target_port

NO_TASKS = "The tasks behind this balancer are records: the emulated AWS runs without containers."
_TURN: Counter[str] = Counter()


def install(settings: ServerSettings) -> None:
    """Wrap what ministack does with a request to a balancer and with a balancer's deletion."""
    replace(app, "_handle_alb_request", _by_domain)
    replace(alb, "_forward_to_tg", _to_healthy_targets if settings.containers else _to_nothing)
    replace(alb, "dispatch_request", _at_a_listener)
    replace(alb, "_delete_lb", _unless_protected)
    alb._ACTION_MAP["DescribeCapacityReservation"] = lambda _parameters: alb._xml(
        200, "DescribeCapacityReservation", "<CapacityReservationState/>"
    )


def balancer_of(domain: str) -> dict[str, Any] | None:
    """The balancer behind a domain: of a Route 53 alias, or with a certificate for the name."""
    return _aliased(domain) or _certified(domain)


def _aliased(domain: str) -> dict[str, Any] | None:
    names = {
        record["AliasTarget"].get("DNSName", "").rstrip(".").lower().removeprefix("dualstack.")
        for records in list(route53._records.values())
        for record in records
        if record.get("AliasTarget") and record.get("Name", "").rstrip(".").lower() == domain
    }
    found = (lb for lb in alb._lbs.values() if lb["DNSName"].lower() in names)
    return next(found, None)


def _certified(domain: str) -> dict[str, Any] | None:
    for listener in alb._listeners.values():
        for held in listener.get("Certificates") or []:
            arn = held.get("CertificateArn") if isinstance(held, dict) else held
            if covers(acm._certificates.get(arn) or {}, domain):
                balancer: dict[str, Any] | None = alb._lbs.get(listener["LoadBalancerArn"])
                return balancer
    return None


def _by_domain(original: Function) -> Function:
    async def handle(
        host: str,
        path: str,
        method: str,
        headers: dict[str, str],
        body: bytes,
        query: dict[str, Any],
        raw_query_string: str | None = None,
        raw_path: str | None = None,
    ) -> Any:
        name, _, port = host.lower().partition(":")
        balancer = balancer_of(name) if is_own_domain(name) else None
        if balancer is None:
            return await original(
                host, path, method, headers, body, query, raw_query_string, raw_path
            )
        return await alb.dispatch_request(
            balancer,
            method,
            path,
            headers,
            body,
            query,
            int(port or 80),
            raw_query_string=raw_query_string,
            raw_path=raw_path,
        )

    return handle


def _at_a_listener(original: Function) -> Function:
    async def dispatch(
        balancer: dict[str, Any],
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query: dict[str, Any],
        port: int = 80,
        **options: Any,
    ) -> Any:
        arn = balancer["LoadBalancerArn"]
        own = [
            int(listener.get("Port", 80))
            for listener in alb._listeners.values()
            if listener["LoadBalancerArn"] == arn
        ]
        at = listener_port(port, own)
        return await original(balancer, method, path, headers, body, query, at, **options)

    return dispatch


def _to_healthy_targets(original: Function) -> Function:
    async def forward(
        arn: str,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query: dict[str, Any],
        raw_query_string: str | None = None,
        raw_path: str | None = None,
    ) -> Any:
        group, targets = alb._tgs.get(arn), list(alb._targets.get(arn, []))
        if not group or not targets or group.get("TargetType", "instance") == "lambda":
            return await original(
                arn, method, path, headers, body, query, raw_query_string, raw_path
            )
        # As on AWS, a group without a healthy target sends requests to all of them.
        healthy = [t for t in targets if is_healthy(arn, t["Id"], target_port(group, t))]
        able = healthy or targets
        _TURN[arn] += 1
        target = able[_TURN[arn] % len(able)]
        given = raw_query_string if raw_query_string is not None else urlencode(query, doseq=True)
        address = target["Id"], target_port(group, target)
        url = (raw_path or path) + (f"?{given}" if given else "")
        return await target_proxy.forward(address, method.upper(), url, headers, body or b"")

    return forward


def _to_nothing(original: Function) -> Function:
    async def forward(arn: str, *request: Any, **options: Any) -> Any:
        if alb._tgs.get(arn, {}).get("TargetType") == "lambda":
            # A function is a program beside this one; it needs no container.
            return await original(arn, *request, **options)
        return 503, {"Content-Type": "application/json"}, json.dumps({"message": NO_TASKS}).encode()

    return forward


def _unless_protected(original: Function) -> Function:
    def delete(parameters: dict[str, Any]) -> Any:
        arn = alb._p(parameters, "LoadBalancerArn")
        if alb._lb_attr(arn, "deletion_protection.enabled", "false") != "true":
            return original(parameters)
        text = f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled"
        return alb._error("OperationNotPermitted", text, 400)

    return delete
