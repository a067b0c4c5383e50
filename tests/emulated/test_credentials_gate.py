"""The forwarder at the address where tasks ask for credentials."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from emulated.credentials_gate import forward, parse_forward

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write((await reader.read()).upper())
    writer.close()


async def ask(target_port: int, question: bytes) -> bytes:
    """Send a question through a gate to a port, and read the answer to its end."""

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await forward(reader, writer, "127.0.0.1", target_port)

    async with await asyncio.start_server(accept, "127.0.0.1", 0) as gate:
        reader, writer = await asyncio.open_connection(*gate.sockets[0].getsockname())
        writer.write(question)
        writer.write_eof()
        answer = await reader.read()
        writer.close()
        return answer


def test_questions_and_answers_pass_whole() -> None:
    async def talk() -> bytes:
        async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
            return await ask(server.sockets[0].getsockname()[1], b"a" * 300_000)

    assert asyncio.run(talk()) == b"A" * 300_000


def test_a_server_that_is_not_there_closes_the_callers_connection() -> None:
    answer = asyncio.run(asyncio.wait_for(ask(1, b"question"), 5))
    assert answer == b"", "a task would hang instead of asking again"


def test_a_forward_names_port_and_target() -> None:
    assert parse_forward("80=169.254.170.3:4566") == (80, "169.254.170.3", 4566)
    with pytest.raises(ValueError, match="invalid literal"):
        parse_forward("80")
