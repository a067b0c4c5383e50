"""What AWS makes in every VPC unasked, and the stack's own in its place."""

import pytest

from infra.components.access_lists import AccessLists, AccessListsArgs
from planning.recording import Recording, record
from tests.support.tokens import SUBNET

ACL = "aws:ec2/networkAcl:NetworkAcl"
ACL_RULE = "aws:ec2/networkAclRule:NetworkAclRule"


class TestWhatNobodyAskedFor:
    """AWS makes open defaults in every VPC; the stack's own take their place."""

    def test_the_default_group_is_emptied(self, prod: Recording) -> None:
        group = prod.only("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
        assert not {"ingress", "egress"} & set(group.inputs), "what names no group is open"

    def test_every_subnet_is_in_an_access_list_of_the_stack(self, prod: Recording) -> None:
        listed = [
            urn for acl in prod.of_type(ACL) for urn in acl.property_dependencies["subnetIds"]
        ]
        subnet_urns = {each.urn for each in prod.of_type(SUBNET)}
        assert subnet_urns <= set(listed), "a subnet uses the open default list"
        assert len(prod.of_type(ACL)) == 3, "tiers share a list"

    def rules(self, tier: str) -> list[tuple[bool, str, int, int]]:
        recording = record(
            lambda: AccessLists(
                "n", AccessListsArgs(vpc_id="vpc-1", vpc_cidr="10.0.0.0/16", subnet_ids={tier: []})
            ),
            stack="test",
        )
        found = [each.inputs for each in recording.of_type(ACL_RULE)]
        assert {(each["protocol"], each["ruleAction"]) for each in found} == {("tcp", "allow")}
        numbers = [(each["egress"], each["ruleNumber"]) for each in found]
        assert len(set(numbers)) == len(numbers), "AWS refuses a second rule of one number"
        return sorted(
            (each["egress"], each["cidrBlock"], each["fromPort"], each["toPort"]) for each in found
        )

    @pytest.mark.parametrize("tier", ["public", "private"])
    def test_from_anywhere_only_the_web_and_replies_come_in(self, tier: str) -> None:
        assert self.rules(tier) == [
            (False, "0.0.0.0/0", 80, 80),
            (False, "0.0.0.0/0", 443, 443),
            (False, "0.0.0.0/0", 1024, 3388),
            (False, "0.0.0.0/0", 3390, 65535),
            (True, "0.0.0.0/0", 0, 65535),
        ], "ssh or remote desktop is open to the world"

    def test_the_databases_speak_with_the_network_alone(self) -> None:
        assert self.rules("database") == [
            (False, "10.0.0.0/16", 1024, 65535),
            (True, "10.0.0.0/16", 1024, 65535),
        ], "a group's mistake would open the database to the world"
