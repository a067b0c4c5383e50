"""The recordings that most rules are tested on."""

import pytest

from planning.recording import Recording
from tests.infra.planned import BARE, RICH, TUNED, plan


@pytest.fixture(scope="session")
def prod() -> Recording:
    """Prod as its file says."""
    return plan()


@pytest.fixture(scope="session")
def staging() -> Recording:
    """Staging as its file says."""
    return plan(stack="staging")


@pytest.fixture(scope="session")
def bare() -> Recording:
    """A stack with everything off that can be off: plain HTTP, no way out, no keys, one task."""
    return plan(BARE)


@pytest.fixture(scope="session")
def rich() -> Recording:
    """A stack with further names, addresses, a schedule, ECS Exec, and one NAT gateway."""
    return plan(RICH)


@pytest.fixture(scope="session")
def tuned() -> Recording:
    """A stack with other numbers than its file has."""
    return plan(TUNED)
