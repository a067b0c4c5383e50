"""Which balancer and which listener a request means."""

from __future__ import annotations

import pytest

from emulated.server.balancer_choice import covers, is_own_domain, listener_port


@pytest.mark.parametrize(
    "name", ["127.0.0.1", "localhost", "web.alb.localhost", "web-1.us-east-1.elb.amazonaws.com"]
)
def test_names_of_the_emulated_aws_are_not_looked_up_as_domains(name: str) -> None:
    assert not is_own_domain(name), "calls of the API would land at a balancer"


def test_a_domain_is_looked_up() -> None:
    assert is_own_domain("polls.example.com")


def test_a_certificate_covers_its_names_and_one_level_of_its_wildcard() -> None:
    certificate = {
        "DomainName": "example.com",
        "SubjectAlternativeNames": ["*.example.com", "example.org"],
    }
    for name in ("example.com", "www.example.com", "example.org"):
        assert covers(certificate, name)
    for name in ("a.b.example.com", "www.example.org", "example.net"):
        assert not covers(certificate, name)
    assert not covers({}, "example.com")


def test_the_servers_own_port_means_the_plain_listener() -> None:
    assert listener_port(4566, [443, 80]) == 80, "the page would be served by whichever came first"
    assert listener_port(443, [443, 80]) == 443
    assert listener_port(80, [443, 80]) == 80
    assert listener_port(4566, [443]) == 4566
