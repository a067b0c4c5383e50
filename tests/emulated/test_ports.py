"""A port in use is named, with the variable that chooses another."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from emulated.ports import check_ports
from emulated.problems import CloudError
from emulated.settings import CloudSettings
from local.ports import free_port


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_free_ports_pass(settings: CloudSettings) -> None:
    check_ports(replace(settings, aws_port=free_port(), moto_port=free_port()))


@pytest.mark.parametrize(
    ("field", "variable"),
    [
        ("aws_port", "EMULATED_AWS_PORT"),
        ("moto_port", "EMULATED_MOTO_PORT"),
        ("https_port", "EMULATED_HTTPS_PORT"),
    ],
)
def test_a_taken_port_is_named_with_its_owner_and_a_free_one(
    settings: CloudSettings, taken: int, field: str, variable: str
) -> None:
    ports: dict[str, Any] = {"aws_port": free_port(), "moto_port": free_port(), field: taken}
    with pytest.raises(
        CloudError, match=f"Port {taken} of 127.0.0.1 is in use by .*process"
    ) as told:
        check_ports(replace(settings, **ports))
    suggested = int(str(told.value).rpartition(f"{variable}=")[2].rstrip("."))
    with socket.create_server(("127.0.0.1", suggested)):
        pass  # the suggestion must work
