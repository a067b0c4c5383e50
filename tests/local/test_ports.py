"""Free ports are told from taken ones."""

import socket
from collections.abc import Iterator

import pytest

from local.ports import free_port, is_free, next_free_port


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


def test_a_port_with_a_listener_on_this_machine_is_not_free(taken: int) -> None:
    assert not is_free(taken), "web would die at its start"


def test_the_next_port_is_taken_when_one_is_in_use(taken: int) -> None:
    found = next_free_port(taken)
    assert found is not None
    assert taken < found <= taken + 50, "the address would be a surprise"


def test_a_free_port_is_kept_as_wanted() -> None:
    port = free_port()
    assert next_free_port(port) == port
