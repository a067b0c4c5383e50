"""`domains`: the names of the application, and what DNS still lacks."""

import json

import pytest

from ops.names.internet import UnansweredError
from tests.ops.calls import Calls, check_needs
from tests.ops.conftest import Ops
from tests.ops.surroundings import HOST, ZONE, Surroundings


def test_a_name_that_leads_to_the_balancer_lacks_nothing(
    ops: Ops, all_well: Surroundings, calls: list[str]
) -> None:
    done = ops("domains")
    assert done.code == 0, done.out
    assert done.out.splitlines()[0] == "zone polls.test (Z0POLLS)"
    row = next(line for line in done.out.splitlines() if line.startswith(HOST))
    assert row.split() == [HOST, "the", "balancer", "the", "balancer"]
    assert "✓ polls.test is delegated to this zone (Z0POLLS)" in done.out
    check_needs("domains", calls)


def test_a_program_gets_what_was_found(ops: Ops, all_well: Surroundings) -> None:
    found = json.loads(ops("domains", "--json").out)
    assert sorted(found["zone"]["servers"]) == all_well.servers
    assert found["names"][0]["addresses"] == ["192.0.2.10"]
    assert found["names"][0]["reaches_balancer"] is True
    assert {each["state"] for each in found["findings"]} == {"ok"}


class TestDelegation:
    def test_one_that_is_missing_names_the_servers_to_enter(
        self, ops: Ops, all_well: Surroundings
    ) -> None:
        all_well.dns.pop((ZONE, "NS"))
        done = ops("domains")
        assert done.code == 1
        assert "✗ polls.test is not delegated: the internet knows no such zone" in done.out
        assert "ns-1.awsdns-01.org, ns-2.awsdns-02.com" in done.out

    def test_one_to_others_names_them(self, ops: Ops, all_well: Surroundings) -> None:
        all_well.dns[(ZONE, "NS")] = ["ns1.registrar.test."]
        assert "delegated to ns1.registrar.test, not to the stack's zone" in ops("domains").out

    def test_half_a_one_is_a_warning(self, ops: Ops, all_well: Surroundings) -> None:
        all_well.dns[(ZONE, "NS")] = [f"{all_well.servers[0]}."]
        done = ops("domains")
        assert (done.code, "! polls.test is delegated to ns-1" in done.out) == (0, True)

    def test_servers_that_do_not_know_the_zone(self, ops: Ops, all_well: Surroundings) -> None:
        all_well.dns[(ZONE, "NS")] = UnansweredError("refused", is_refused=True)
        assert "delegated to servers that do not know it" in ops("domains").out

    def test_without_dns_here_nothing_is_claimed(self, ops: Ops, all_well: Surroundings) -> None:
        silent = UnansweredError("DNS cannot be asked from here (no route)", is_refused=False)
        for key in list(all_well.dns):
            all_well.dns[key] = silent
        done = ops("domains")
        assert done.code == 0
        assert "? whether polls.test is delegated is not known: DNS cannot be" in done.out
        assert "? staging.polls.test is right in its zone; what the internet" in done.out

    def test_a_private_zone(self, ops: Ops, all_well: Surroundings) -> None:
        all_well.is_private = True
        assert "is private: nobody on the internet asks it" in ops("domains").out

    def test_a_zone_that_is_gone(self, ops: Ops, all_well: Surroundings, aws: Calls) -> None:
        aws.refuse("route53:GetHostedZone", "NoSuchHostedZone")
        done = ops("domains")
        assert (done.code, "✗ Route 53 has no zone Z0POLLS" in done.out) == (1, True)


class TestNames:
    def test_one_without_a_record(self, ops: Ops, all_well: Surroundings) -> None:
        all_well.records.pop((HOST, "A"))
        done = ops("domains")
        assert done.code == 1
        assert "✗ staging.polls.test has no A record in its zone" in done.out
        assert "`pulumi refresh --stack staging` and then `make up STACK=staging`" in done.out

    def test_one_that_leads_elsewhere(self, ops: Ops, all_well: Surroundings) -> None:
        all_well.records[(HOST, "A")] = {
            "TTL": 60,
            "ResourceRecords": [{"Value": "198.51.100.1"}],
        }
        assert "✗ staging.polls.test leads to 198.51.100.1, not to the balancer" in (
            ops("domains").out
        )

    def test_an_old_answer_of_the_internet(self, ops: Ops, all_well: Surroundings) -> None:
        all_well.dns[(HOST, "A")] = ["198.51.100.1"]
        done = ops("domains")
        assert done.code == 1
        assert "right in its zone, but the internet answers 198.51.100.1" in done.out

    def test_a_balancer_whose_name_is_unknown_here(self, ops: Ops, all_well: Surroundings) -> None:
        all_well.dns.pop((all_well.stack.outputs.balancer_dns_name, "A"))
        assert "? staging.polls.test is right in its zone" in ops("domains").out


def test_a_stack_without_a_domain_is_told_how_to_get_one(
    ops: Ops, all_well: Surroundings, calls: list[str]
) -> None:
    all_well.stack.publish(domain_names=(), zone_id="")
    done = ops("domains")
    assert done.code == 0
    assert "staging has no domain" in done.out
    assert "route53:GetHostedZone" not in calls
    assert json.loads(ops("domains", "--json").out)["names"] == []


def test_before_the_first_update_the_file_says_what_is_wanted(
    ops: Ops, all_well: Surroundings
) -> None:
    all_well.stack.ssm.delete_parameter(Name="/flaskapp-staging/outputs")
    done = ops("domains")
    assert done.out.splitlines()[0] == "zone polls.test (ZPOLLS123456)"
    assert "? staging.polls.test has nothing to lead to yet: the stack is not up" in done.out


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("ExpiredToken", "your AWS login has expired"),
        ("AccessDenied", "may not do that (GetHostedZone"),
        ("Throttling", "AWS answered: GetHostedZone: Throttling"),
    ],
)
def test_what_aws_refuses_is_one_message(
    ops: Ops, all_well: Surroundings, aws: Calls, code: str, said: str
) -> None:
    aws.refuse("route53:GetHostedZone", code)
    done = ops("domains")
    assert done.code == 1
    assert said in done.err
