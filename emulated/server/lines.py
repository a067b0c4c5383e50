"""Lines of text from pieces of bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def whole_lines(pieces: Iterable[bytes]) -> Iterator[str]:
    """Each line as soon as it is whole, without its end; blank lines are left out."""
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        yield from (text for line in whole if (text := _text(line)))
    if text := _text(rest):
        yield text


def _text(line: bytes) -> str:
    return line.decode(errors="replace").rstrip("\r")
