"""Rules of listeners that ask for a client's address."""

import pytest

from emulated.server.rule_conditions import comes_from


@pytest.mark.parametrize(
    ("address", "ranges", "does"),
    [
        ("203.0.113.7", ["203.0.113.7/32"], True),
        ("203.0.113.8", ["203.0.113.7/32"], False),
        ("203.0.113.8", ["198.51.100.0/24", "203.0.113.0/24"], True),
        ("::ffff:203.0.113.7", ["203.0.113.0/24"], True),
        ("2001:db8::7", ["2001:db8::/32"], True),
        ("2001:db8::7", ["203.0.113.0/24"], False),
        ("203.0.113.7", ["::/0"], False),
        ("", ["0.0.0.0/0"], False),
        ("unknown", ["0.0.0.0/0"], False),
    ],
)
def test_a_client_is_let_through_by_its_own_address_alone(
    address: str, ranges: list[str], does: bool
) -> None:
    assert comes_from(address, ranges) is does
