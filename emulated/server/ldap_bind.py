"""The bind operation of LDAP, by which PostgreSQL asks whether a password is valid.

https://datatracker.ietf.org/doc/html/rfc4511#section-4.2
"""

from __future__ import annotations

from dataclasses import dataclass

BIND_REQUEST = 0x60
BIND_RESPONSE = 0x61
SUCCESS, INVALID_CREDENTIALS = 0, 49


class NotABindError(Exception):
    """The message asks for something else, as unbind at the end of a connection."""


@dataclass(frozen=True)
class BindRequest:
    """Who wants to log in with what; number is the message's, to be given back."""

    number: bytes
    user: str
    password: str


def read_element(data: bytes, at: int = 0) -> tuple[int, bytes, int]:
    """Tag, value and following position of one BER element; IndexError when data ends early."""
    tag, length, at = data[at], data[at + 1], at + 2
    if length & 0x80:
        count = length & 0x7F
        length, at = int.from_bytes(data[at : at + count], "big"), at + count
    if len(data) < at + length:
        raise IndexError("the element goes on beyond the data")
    return tag, data[at : at + length], at + length


def read_bind(data: bytes) -> BindRequest:
    """A whole message as a bind request.

    IndexError when the message is not whole yet, NotABindError when it is another one.
    """
    _, message, _ = read_element(data)
    _, number, at = read_element(message)
    tag, operation, _ = read_element(message, at)
    if tag != BIND_REQUEST:
        raise NotABindError(hex(tag))
    _, _, at = read_element(operation)  # the version
    _, user, at = read_element(operation, at)
    _, password, _ = read_element(operation, at)
    return BindRequest(number, user.decode(), password.decode(errors="replace"))


def bind_response(request: BindRequest, *, allowed: bool) -> bytes:
    """The answer to a request: success, or invalid credentials."""
    code = SUCCESS if allowed else INVALID_CREDENTIALS
    number = b"\x02" + bytes([len(request.number)]) + request.number
    result = b"\x0a\x01" + bytes([code]) + b"\x04\x00\x04\x00"
    body = number + bytes([BIND_RESPONSE, len(result)]) + result
    return b"\x30" + bytes([len(body)]) + body
