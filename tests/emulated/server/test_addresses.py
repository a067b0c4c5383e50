"""Addresses of tasks and databases."""

from __future__ import annotations

import pytest

from emulated.server.addresses import address_in, free_address, hardware_address

NETWORK = "169.254.170.0/24"


def test_databases_take_addresses_from_the_top_that_no_other_has() -> None:
    assert free_address(NETWORK, set()) == "169.254.170.253"
    assert free_address(NETWORK, {"169.254.170.253", "169.254.170.251"}) == "169.254.170.252", (
        "two databases would answer at one address"
    )


def test_a_full_network_is_reported() -> None:
    every = {f"169.254.170.{n}" for n in range(256)}
    with pytest.raises(RuntimeError, match=r"169\.254\.170\.0/24"):
        free_address(NETWORK, every)


def test_the_hardware_address_follows_from_the_address() -> None:
    assert hardware_address("10.0.255.1") == "02:42:0a:00:ff:01", (
        "neighbours would ask the old hardware address after a reboot"
    )


def test_recorded_tasks_get_addresses_of_their_subnet_that_aws_does_not_keep() -> None:
    found = {address_in("10.0.1.0/28", number) for number in range(100)}
    assert found == {f"10.0.1.{n}" for n in range(4, 15)}, "a reserved address was given out"
