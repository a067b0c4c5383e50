"""The LDAP operation by which PostgreSQL asks whether an IAM token is valid."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulated.server.ldap_bind import NotABindError, bind_response, read_bind, read_element


def written(tag: int, value: bytes) -> bytes:
    if len(value) < 0x80:
        return bytes([tag, len(value)]) + value
    size = len(value).to_bytes(2, "big")
    return bytes([tag, 0x82]) + size + value


def bind(user: str, password: str, number: bytes = b"\x01") -> bytes:
    operation = written(0x02, b"\x03") + written(0x04, user.encode())
    operation += written(0x80, password.encode())
    return written(0x30, written(0x02, number) + written(0x60, operation))


@given(
    user=st.text(min_size=1, max_size=60),
    password=st.text(max_size=3000),
    number=st.binary(min_size=1, max_size=4),
)
def test_user_and_password_are_read_as_they_were_written(
    user: str, password: str, number: bytes
) -> None:
    request = read_bind(bind(user, password, number))
    assert (request.user, request.password, request.number) == (user, password, number), (
        "a valid token would be refused"
    )


def test_every_part_of_a_message_is_waited_for() -> None:
    message = bind("app", "token" * 300)
    for length in range(len(message)):
        with pytest.raises(IndexError):
            read_bind(message[:length])


def test_the_end_of_a_connection_is_not_taken_for_a_login() -> None:
    unbind = written(0x30, written(0x02, b"\x02") + written(0x42, b""))
    with pytest.raises(NotABindError):
        read_bind(unbind)


@pytest.mark.parametrize(("allowed", "code"), [(True, 0), (False, 49)])
def test_the_answer_bears_the_messages_number_and_the_verdict(allowed: bool, code: int) -> None:
    answer = bind_response(read_bind(bind("app", "x", b"\x07")), allowed=allowed)
    tag, message, end = read_element(answer)
    assert (tag, end) == (0x30, len(answer))
    _, number, at = read_element(message)
    operation, result, _ = read_element(message, at)
    assert (number, operation) == (b"\x07", 0x61)
    assert read_element(result)[1] == bytes([code]), "a refused token would be let in"
