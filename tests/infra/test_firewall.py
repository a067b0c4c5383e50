"""Who may speak to whom: every rule is named, described, and as narrow as it can be."""

import pytest

from planning.recording import Recording, Resource
from tests.infra.planned import RABBITMQ, plan
from tests.support.tokens import EGRESS, INGRESS, SECURITY_GROUP

PREFIX_LIST = "a prefix list"


def rules(recording: Recording) -> set[tuple[str, str, int]]:
    """Every rule as (from, to, port); the internet is its range."""
    found = set()
    for rule in (*recording.of_type(INGRESS), *recording.of_type(EGRESS)):
        group, other = _role(recording, rule, "securityGroupId"), _other(recording, rule)
        ends = (other, group) if rule.type == INGRESS else (group, other)
        assert rule.inputs["fromPort"] == rule.inputs["toPort"], f"{rule.label} opens a range"
        found.add((*ends, rule.inputs["fromPort"]))
    return found


def _role(recording: Recording, rule: Resource, key: str) -> str:
    (urn,) = [
        urn
        for urn in rule.property_dependencies[key]
        if recording.by_urn[urn].type == SECURITY_GROUP
    ]
    return recording.by_urn[urn].name.rpartition("-")[2]


def _other(recording: Recording, rule: Resource) -> str:
    if "referencedSecurityGroupId" in rule.inputs:
        return _role(recording, rule, "referencedSecurityGroupId")
    return str(rule.inputs.get("cidrIpv4") or PREFIX_LIST)


class TestWhoMaySpeakToWhom:
    """The whole table; a rule too many is a way in, one too few a stack that does not work."""

    def test_in_prod_is_this_table(self, prod: Recording) -> None:
        assert rules(prod) == {
            ("0.0.0.0/0", "balancer", 443),
            ("0.0.0.0/0", "balancer", 80),
            ("balancer", "service", 8000),
            ("service", "database", 5433),
            ("service", "0.0.0.0/0", 443),
            ("service", "cache", 6379),
            ("jobs", "database", 5433),
            ("jobs", "0.0.0.0/0", 443),
            ("jobs", "cache", 6379),
        }

    def test_without_domain_and_way_out_is_this_table(self, bare: Recording) -> None:
        assert rules(bare) == {
            ("0.0.0.0/0", "balancer", 80),
            ("balancer", "service", 8000),
            ("service", "database", 5433),
            ("service", "endpoints", 443),
            ("service", PREFIX_LIST, 443),
            ("jobs", "database", 5433),
            ("jobs", "endpoints", 443),
            ("jobs", PREFIX_LIST, 443),
        }

    @pytest.mark.parametrize("shape", ["prod", "bare", "rich", "lone"])
    def test_leads_to_no_job(self, shape: str, request: pytest.FixtureRequest) -> None:
        found = rules(request.getfixturevalue(shape))
        assert not [rule for rule in found if rule[1] == "jobs"], (
            "the release task, which holds the owner's password, could be spoken to"
        )

    @pytest.mark.parametrize("stack", ["prod", "staging", "emulated"])
    def test_from_the_internet_leads_to_the_balancer_alone(self, stack: str) -> None:
        ends = {(to, port) for source, to, port in rules(plan(stack=stack)) if "/" in source}
        assert ends <= {("balancer", 443), ("balancer", 80)}, "something else is open to the world"

    @pytest.mark.parametrize("stack", ["prod", "staging", "emulated"])
    def test_gives_the_database_no_way_out(self, stack: str) -> None:
        assert not [rule for rule in rules(plan(stack=stack)) if rule[0] == "database"], (
            "a database that was broken into could send its data away"
        )

    def test_is_the_same_at_both_ends_of_each_pair(self, prod: Recording) -> None:
        egress = {
            (_role(prod, each, "securityGroupId"), _other(prod, each), each.inputs["fromPort"])
            for each in prod.of_type(EGRESS)
        }
        ingress = {
            (_other(prod, each), _role(prod, each, "securityGroupId"), each.inputs["fromPort"])
            for each in prod.of_type(INGRESS)
        }
        between_groups = {rule for rule in egress | ingress if "/" not in rule[0] + rule[1]}
        assert between_groups <= egress & ingress, "one side speaks and the other does not listen"

    def test_follows_the_databases_port(self, tuned: Recording) -> None:
        for tasks in ("service", "jobs"):
            assert (tasks, "database", 6000) in rules(tuned), f"no task of {tasks} reaches it"


class TestEveryRule:
    """Inline rules and rule resources fight, so each rule is a resource of its own."""

    def test_says_what_it_is_for(self, prod: Recording, bare: Recording) -> None:
        for recording in (prod, bare):
            for rule in (*recording.of_type(INGRESS), *recording.of_type(EGRESS)):
                assert rule.inputs["description"], f"{rule.label}: nobody dares to delete it"

    def test_is_for_tcp_alone(self, prod: Recording, bare: Recording) -> None:
        for recording in (prod, bare):
            kinds = {
                rule.inputs["ipProtocol"]
                for rule in (*recording.of_type(INGRESS), *recording.of_type(EGRESS))
            }
            assert kinds == {"tcp"}, "-1 would open every protocol and port"

    def test_names_a_group_where_the_other_end_is_one_of_the_stacks(self, prod: Recording) -> None:
        ranges = {
            rule.name: rule.inputs["cidrIpv4"]
            for rule in (*prod.of_type(INGRESS), *prod.of_type(EGRESS))
            if "cidrIpv4" in rule.inputs
        }
        assert set(ranges.values()) == {"0.0.0.0/0"}, (
            "a range admits whatever gets an address in it"
        )
        assert len(ranges) == 4, f"only the internet is a range: {sorted(ranges)}"

    def test_stands_below_its_group_or_the_port_it_opens(self, prod: Recording) -> None:
        for rule in (*prod.of_type(INGRESS), *prod.of_type(EGRESS)):
            parent = prod.by_urn[str(rule.parent)].type
            assert parent in (SECURITY_GROUP, "flask-fargate:private_port:PrivatePort"), rule.label


class TestEveryGroup:
    """A changed description replaces the group, which then hangs on whoever uses it."""

    DESCRIPTIONS = {  # noqa: RUF012 - a constant
        "balancer": "Balancer: from the internet",
        "service": "Tasks: from the balancer",
        "jobs": "Tasks that serve no requests",
        "database": "Database: from tasks",
        "endpoints": "Endpoints: from tasks",
        "cache": "Cache: from tasks",
        "broker": "Broker: from tasks",
    }

    def test_keeps_its_description_for_ever(self, prod: Recording, bare: Recording) -> None:
        for recording in (prod, bare, plan(RABBITMQ)):
            for group in recording.of_type(SECURITY_GROUP):
                role = group.name.rpartition("-")[2]
                assert group.inputs["description"] == self.DESCRIPTIONS[role], (
                    "the group would be replaced, which fails while something uses it"
                )

    def test_holds_no_rules_of_its_own(self, prod: Recording) -> None:
        for group in prod.of_type(SECURITY_GROUP):
            assert not {"ingress", "egress"} & set(group.inputs), "inline rules delete the others"

    def test_is_used(self, prod: Recording, bare: Recording) -> None:
        for recording in (prod, bare):
            users = {
                urn
                for each in recording.custom
                if each.type not in (INGRESS, EGRESS)
                for urn in each.depends_on
            }
            idle = [
                each.name for each in recording.of_type(SECURITY_GROUP) if each.urn not in users
            ]
            assert not idle, "a group that nothing uses is a rule that nobody checks"
