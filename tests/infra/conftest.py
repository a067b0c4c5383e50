"""The recordings that most rules are tested on."""

import pytest

from planning.recording import Recording
from tests.infra.planned import SHAPES, TUNED, plan, shape


@pytest.fixture(scope="session")
def prod() -> Recording:
    """Prod as its file says."""
    return shape("prod")


@pytest.fixture(scope="session")
def staging() -> Recording:
    """Staging as its file says."""
    return shape("staging")


@pytest.fixture(scope="session")
def bare() -> Recording:
    """A stack with everything off that can be off: plain HTTP, no way out, no keys, one task."""
    return shape("bare")


@pytest.fixture(scope="session")
def rich() -> Recording:
    """A stack with further names, addresses, a schedule, ECS Exec, and one NAT gateway."""
    return shape("rich")


@pytest.fixture(scope="session")
def lone() -> Recording:
    """An application of one process that serves requests: no release phase, no jobs."""
    return shape("lone")


@pytest.fixture(scope="session")
def tuned() -> Recording:
    """A stack with other numbers than its file has."""
    return plan(TUNED)


@pytest.fixture(scope="session")
def rabbitmq() -> Recording:
    """A stack whose jobs are carried by RabbitMQ."""
    return shape("rabbitmq")


@pytest.fixture(scope="session")
def keyless() -> Recording:
    """Prod without keys of its own: each service encrypts with AWS's."""
    return plan({"keys.customer-managed": False})


@pytest.fixture(scope="module", params=SHAPES)
def recording(request: pytest.FixtureRequest) -> Recording:
    """Every shape there is, one after the other."""
    return shape(request.param)
