"""The addresses on which the emulated AWS answers, and how quickly."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import hypercorn.asyncio
from hypercorn.asyncio.tcp_server import TCPServer

from emulated.server.certificates import make_certificate
from emulated.server.patching import Function, replace
from emulated.server.settings import ServerSettings

# The port of a balancer's HTTPS listener, wherever this process listens for it.
BALANCER_TLS_PORT = 443

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


def install(settings: ServerSettings) -> None:
    """Listen on the balancers' ports too, and give every request to `adjusted` first."""

    def wrap(original: Function) -> Function:
        async def serve(application: Application, config: Any, *rest: Any, **options: Any) -> Any:
            add_listeners(config, settings)
            return await original(adjusted(application, settings), config, *rest, **options)

        return serve

    replace(hypercorn.asyncio, "serve", wrap)
    replace(TCPServer, "_read_data", _then_not_idle)


def _then_not_idle(original: Function) -> Function:
    """A connection that the client has ended is over at once.

    hypercorn holds it until its time for idle ones is over: under load it runs out of files.
    """

    async def read(connection: Any) -> None:
        await original(connection)
        await connection.idle_task.stop()

    return read


def add_listeners(config: Any, settings: ServerSettings) -> None:
    """Add the plain and the TLS port of the balancers to a server's configuration."""
    plain = list(config.bind)
    if settings.http_port:
        plain.append(f"{settings.bind_host}:{settings.http_port}")
    if not settings.https_port:
        config.bind = plain
        return
    certificate = make_certificate(settings)
    config.certfile, config.keyfile = str(certificate.chain), str(certificate.key)
    config.alpn_protocols = ["http/1.1"]
    config.bind = [f"{settings.bind_host}:{settings.https_port}"]
    config.insecure_bind = plain


def adjusted(application: Application, settings: ServerSettings) -> Application:
    """The application with requests that name their TLS port and SDK calls that take a moment."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("type") == "http":
            if scope.get("scheme") == "https":
                scope = {**scope, "headers": with_port(scope["headers"], BALANCER_TLS_PORT)}
            if any(name == b"amz-sdk-request" for name, _ in scope["headers"]):
                send = unhurried(send, settings.sdk_delay_seconds)
        await application(scope, receive, send)

    return serve


def with_port(headers: list[tuple[bytes, bytes]], port: int) -> list[tuple[bytes, bytes]]:
    """Headers whose Host names this port, by which a balancer picks its listener.

    Browsers leave 443 out, and a published port may differ; either way the request came by TLS.
    """
    return [
        (name, value.partition(b":")[0] + f":{port}".encode() if name == b"host" else value)
        for name, value in headers
    ]


def unhurried(send: Send, delay_seconds: float) -> Send:
    """An answer no sooner than a network would bring it.

    Go's transport closes a connection that is answered before its request counts as written; the
    SDK then calls again, and a second create fails because the first has taken effect.
    """

    async def later(message: Message) -> None:
        if message.get("type") == "http.response.start":
            await asyncio.sleep(delay_seconds)
        await send(message)

    return later
