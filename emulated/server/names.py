"""Route 53 and Cloud Map: calls of providers that ministack does not know."""

from __future__ import annotations

from typing import Any

from ministack.services import route53, servicediscovery

from emulated.server.patching import Function, replace
from emulated.server.settings import ServerSettings

NOT_SIGNED = (
    '<GetDNSSECResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Status>'
    "<ServeSignature>NOT_SIGNING</ServeSignature></Status><KeySigningKeys/></GetDNSSECResponse>"
)


def install(_settings: ServerSettings) -> None:
    """Answer for unsigned zones; take a service's namespace from its DNS settings too."""
    replace(route53, "handle_request", _without_signatures)
    replace(servicediscovery, "_create_service", _in_its_namespace)


def _without_signatures(original: Function) -> Function:
    async def handle(method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
        if method == "GET" and path.rstrip("/").endswith("/dnssec"):
            return 200, {"Content-Type": "text/xml"}, NOT_SIGNED.encode()
        return await original(method, path, headers, body, query)

    return handle


def _in_its_namespace(original: Function) -> Function:
    def create(data: dict[str, Any]) -> Any:
        by_dns = (data.get("DnsConfig") or {}).get("NamespaceId")
        return original({**data, "NamespaceId": data.get("NamespaceId") or by_dns})

    return create
