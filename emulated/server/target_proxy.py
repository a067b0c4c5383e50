"""One request from a balancer to a target and its answer back, piece by piece as it comes."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping
from email.utils import formatdate
from functools import partial
from typing import Any

import h11
from ministack.core.responses import StreamingResponse

log = logging.getLogger(__name__)
# Elastic Load Balancing's own; the second is the default of idle_timeout.timeout_seconds.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html
CONNECT_SECONDS = 10.0
IDLE_SECONDS = 60.0
CHUNK_BYTES = 65536
# A connection's own matters, which are not passed on.
HOP_BY_HOP = ("connection", "content-length", "keep-alive", "transfer-encoding")
# A target that ends a connection, or answers with something else than HTTP.
BROKEN = (OSError, h11.RemoteProtocolError)

Headers = list[tuple[str, str]]
Answer = tuple[int, dict[str, Any], Any]


class Exchange:
    """One connection to a target, for one request."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._http = h11.Connection(h11.CLIENT)

    async def ask(self, method: str, path: str, headers: Headers, body: bytes) -> h11.Response:
        """Send the request; the head of the answer."""
        own = [("content-length", str(len(body))), ("connection", "close")]
        request = h11.Request(method=method, target=path, headers=[*headers, *own])
        for event in (request, h11.Data(data=body), h11.EndOfMessage()):
            self._writer.write(self._http.send(event) or b"")
        await self._writer.drain()
        while not isinstance(event := await self._next(), h11.Response):
            pass  # "continue" and other interim answers
        return event

    async def body(self) -> AsyncIterator[bytes]:
        """The pieces of the answer's body."""
        while isinstance(event := await self._next(), h11.Data):
            yield bytes(event.data)

    def close(self) -> None:
        """End the connection."""
        self._writer.close()

    async def _next(self) -> Any:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            async with asyncio.timeout(IDLE_SECONDS):
                self._http.receive_data(await self._reader.read(CHUNK_BYTES))
        return event


async def forward(
    address: tuple[str, int], method: str, path: str, headers: Mapping[str, Any], body: bytes
) -> Answer:
    """A target's answer; 502 where it gives none, 504 where it takes too long."""
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            exchange = Exchange(*await asyncio.open_connection(*address))
    except OSError as problem:
        return _gateway_error(502, f"no connection to {address}: {problem!r}")
    try:
        answer = await exchange.ask(method, path, passed_on(headers), body)
    except TimeoutError:
        exchange.close()
        return _gateway_error(504, f"no answer from {address} in {IDLE_SECONDS:.0f} s")
    except BROKEN as problem:
        exchange.close()
        return _gateway_error(502, f"no answer from {address}: {problem!r}")
    return answer.status_code, shown(answer), StreamingResponse(partial(_relay, exchange))


def passed_on(headers: Mapping[str, Any]) -> Headers:
    """The headers of a request that a target gets."""
    return [(k, str(v)) for k, v in headers.items() if k.lower() not in HOP_BY_HOP]


def shown(answer: h11.Response) -> dict[str, Any]:
    """The headers of an answer, repeated ones as lists; the balancer writes its own date."""
    found: dict[str, list[str]] = {}
    for name, value in answer.headers:
        if name != b"connection":
            found.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
    headers: dict[str, Any] = {k: v[0] if len(v) == 1 else v for k, v in found.items()}
    return {**headers, "date": formatdate(usegmt=True)}


async def _relay(exchange: Exchange, send: Any, receive: Any) -> None:
    """Pass the body on; one that breaks off ends without its last piece, as it came."""
    gone = asyncio.create_task(_until_disconnected(receive))
    try:
        async for data in exchange.body():
            if gone.done():
                return
            await send({"type": "http.response.body", "body": data, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    except (*BROKEN, TimeoutError) as problem:
        log.warning("balancer: an answer broke off: %r", problem)
    finally:
        gone.cancel()
        exchange.close()


async def _until_disconnected(receive: Any) -> None:
    while (await receive()).get("type") != "http.disconnect":
        pass


def _gateway_error(status: int, text: str) -> Answer:
    log.warning("balancer: %s", text)
    return status, {"Content-Type": "application/json"}, json.dumps({"message": text}).encode()
