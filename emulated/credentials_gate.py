"""A forwarder at 169.254.170.2, where AWS SDKs in a task ask for the task role's credentials.

It runs alone in a container of its own, so that the server need not have that address: engines
publish a port by routing to the container's address, and some machines (container instances of ECS,
other local emulators) already route 169.254.170.2 elsewhere. Between containers it is a neighbour's
address, which no route touches. Standard library only.
"""

from __future__ import annotations

import asyncio
import sys

CHUNK_BYTES = 65536


async def copy_stream(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Copy bytes until the source ends, then end the target's writing side."""
    try:
        while data := await source.read(CHUNK_BYTES):
            target.write(data)
            await target.drain()
        if target.can_write_eof():
            target.write_eof()
    except ConnectionError:
        target.close()


async def forward(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, port: int
) -> None:
    """Join a caller with the server; while that is not up, the caller's connection closes."""
    try:
        server_reader, server_writer = await asyncio.open_connection(host, port)
    except OSError:
        writer.close()
        return
    try:
        await asyncio.gather(copy_stream(reader, server_writer), copy_stream(server_reader, writer))
    finally:
        server_writer.close()
        writer.close()


def parse_forward(text: str) -> tuple[int, str, int]:
    """`80=169.254.170.3:4566` as the port to listen on, and the host and port to forward to."""
    listen, _, target = text.partition("=")
    host, _, port = target.rpartition(":")
    return int(listen), host, int(port)


async def listen(port: int, host: str, host_port: int) -> asyncio.Server:
    """Listen on one port of every address of the container."""

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await forward(reader, writer, host, host_port)

    return await asyncio.start_server(accept, "0.0.0.0", port)  # noqa: S104 - a container's own network


async def serve(forwards: list[tuple[int, str, int]]) -> None:
    """Forward until the process is ended."""
    servers = [await listen(*one) for one in forwards]
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    asyncio.run(serve([parse_forward(text) for text in sys.argv[1:]]))
