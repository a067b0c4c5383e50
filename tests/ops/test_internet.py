"""What DNS answers to anybody, asked of a real name server."""

from collections.abc import Iterator

import dns.resolver
import pytest

from ops.names import internet
from ops.names.internet import Internet, UnansweredError
from tests.ops.name_server import NameServer, name_server


@pytest.fixture
def server() -> Iterator[NameServer]:
    with name_server() as running:
        yield running


@pytest.fixture
def asked(server: NameServer, monkeypatch: pytest.MonkeyPatch) -> Internet:
    monkeypatch.setattr(internet, "PATIENCE_SECONDS", 0.3)

    class Resolver(dns.resolver.Resolver):
        def __init__(self) -> None:
            super().__init__(configure=False)
            self.nameservers, self.port = ["127.0.0.1"], server.port

    monkeypatch.setattr(dns.resolver, "Resolver", Resolver)
    return Internet()


def test_names_are_told_in_one_way(asked: Internet, server: NameServer) -> None:
    server.records[("polls.test", "NS")] = ["NS-1.awsdns-01.ORG.", "ns-2.awsdns-02.com."]
    assert asked.name_servers("polls.test") == {"ns-1.awsdns-01.org", "ns-2.awsdns-02.com"}


def test_addresses_and_aliases(asked: Internet, server: NameServer) -> None:
    server.records[("www.polls.test", "A")] = ["192.0.2.1", "192.0.2.2"]
    server.records[("_x.polls.test", "CNAME")] = ["_y.acm-validations.aws."]
    assert asked.addresses("www.polls.test") == {"192.0.2.1", "192.0.2.2"}
    assert asked.alias("_x.polls.test") == "_y.acm-validations.aws"


def test_a_name_that_is_not_there_has_nothing(asked: Internet, server: NameServer) -> None:
    server.records[("polls.test", "NS")] = ["ns."]
    assert asked.addresses("no.polls.test") == frozenset()
    assert asked.addresses("polls.test") == frozenset(), "there, but without an address"
    assert asked.alias("polls.test") == ""


def test_the_nearest_rule_about_issuers_holds(asked: Internet, server: NameServer) -> None:
    server.records[("www.polls.test", "A")] = ["192.0.2.1"]
    assert asked.issuers("www.polls.test") is None
    server.records[("polls.test", "CAA")] = ['0 issue "letsencrypt.org; x=1"', '0 iodef "mailto:a"']
    assert asked.issuers("www.polls.test") == frozenset({"letsencrypt.org"})
    server.records[("www.polls.test", "CAA")] = ['0 issue "amazon.com"']
    assert asked.issuers("www.polls.test") == frozenset({"amazon.com"})


def test_rules_that_are_not_about_issuing_this_restrict_nothing(
    asked: Internet, server: NameServer
) -> None:
    server.records[("polls.test", "CAA")] = ['0 iodef "mailto:a@polls.test"', '0 issuewild ";"']
    assert asked.issuers("polls.test") is None
    server.records[("polls.test", "CAA")] = ['0 ISSUE "amazon.com"']
    assert asked.issuers("polls.test") == frozenset({"amazon.com"})
    server.records[("polls.test", "CAA")] = ['0 issue ";"']
    assert asked.issuers("polls.test") == frozenset({""}), "that one forbids everybody"


def test_servers_that_refuse_are_told_from_none_at_all(asked: Internet, server: NameServer) -> None:
    server.records[("polls.test", "NS")] = ["!SERVFAIL"]
    with pytest.raises(UnansweredError, match="no name server gives an answer") as refused:
        asked.name_servers("polls.test")
    assert refused.value.is_refused, "somebody answers for the zone, but cannot"
    server.records[("polls.test", "NS")] = ["!silent"]
    with pytest.raises(UnansweredError, match="DNS cannot be asked from here") as silent:
        asked.name_servers("polls.test")
    assert not silent.value.is_refused, "it says nothing of the zone"
