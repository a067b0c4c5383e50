"""The network: an address plan that never moves, and nothing reachable that need not be."""

from collections.abc import Sequence
from ipaddress import IPv4Network
from itertools import combinations, permutations

import pytest

from infra import subnets
from planning.recording import Recording, Resource
from tests.infra.planned import plan, service, waits_for
from tests.support.tokens import FLOW_LOG, LOAD_BALANCER, SERVICE, SUBNET, VPC

EIP = "aws:ec2/eip:Eip"
NAT = "aws:ec2/natGateway:NatGateway"
ROUTE = "aws:ec2/route:Route"
TABLE = "aws:ec2/routeTable:RouteTable"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
GATEWAY = "aws:ec2/internetGateway:InternetGateway"

# Private half, public quarter, database eighth; a slot per letter.
PLANS = {
    ("10.20.0.0/16", "a"): {
        "private": "10.20.0.0/20",
        "public": "10.20.128.0/21",
        "database": "10.20.192.0/22",
    },
    ("10.20.0.0/16", "b"): {
        "private": "10.20.16.0/20",
        "public": "10.20.136.0/21",
        "database": "10.20.196.0/22",
    },
    ("10.20.0.0/16", "f"): {
        "private": "10.20.80.0/20",
        "public": "10.20.168.0/21",
        "database": "10.20.212.0/22",
    },
    ("10.20.0.0/16", "h"): {
        "private": "10.20.112.0/20",
        "public": "10.20.184.0/21",
        "database": "10.20.220.0/22",
    },
    ("192.168.16.0/20", "c"): {
        "private": "192.168.18.0/24",
        "public": "192.168.25.0/25",
        "database": "192.168.28.128/26",
    },
}


class TestTheAddressPlan:
    """A subnet that gets another range is replaced, with all that stands in it."""

    @pytest.mark.parametrize(("where", "expected"), PLANS.items(), ids=str)
    def test_is_this_table(self, where: tuple[str, str], expected: dict[str, str]) -> None:
        cidr, letter = where
        rows = subnets.plan(cidr, [f"us-east-1{letter}"])
        assert {row.tier: row.cidr for row in rows} == expected, "running stacks lose their subnets"

    @pytest.mark.parametrize("zones", [*permutations("abc"), *combinations("abcdefgh", 2)], ids=str)
    def test_gives_a_zone_the_same_ranges_whatever_other_zones_there_are(
        self, zones: Sequence[str]
    ) -> None:
        alone = {row for zone in zones for row in subnets.plan("10.0.0.0/16", [f"eu-west-1{zone}"])}
        together = subnets.plan("10.0.0.0/16", [f"eu-west-1{zone}" for zone in zones])
        assert set(together) == alone, "adding a zone would move the others"

    @pytest.mark.parametrize("cidr", ["10.0.0.0/16", "172.16.0.0/18", "192.168.240.0/20"])
    def test_has_no_overlaps_and_keeps_an_eighth_free(self, cidr: str) -> None:
        whole = IPv4Network(cidr)
        rows = subnets.plan(cidr, [f"us-east-1{letter}" for letter in subnets.ZONE_LETTERS])
        ranges = [IPv4Network(row.cidr) for row in rows]
        assert not [pair for pair in combinations(ranges, 2) if pair[0].overlaps(pair[1])], (
            "AWS refuses the second of two subnets"
        )
        assert all(each.subnet_of(whole) for each in ranges), "a subnet outside of its network"
        assert sum(each.num_addresses for each in ranges) == whole.num_addresses * 7 // 8, (
            "there is no room for what comes later"
        )

    def test_leaves_room_for_a_database_and_its_standby_in_the_smallest_network(self) -> None:
        smallest = min(
            IPv4Network(row.cidr).num_addresses
            for row in subnets.plan("10.0.0.0/20", ["us-east-1a"])
        )
        assert smallest - 5 >= 16, "AWS keeps five addresses of each subnet for itself"

    def test_puts_each_row_into_a_subnet_of_its_zone(self, prod: Recording) -> None:
        planned = {
            (f"flaskapp-prod-{row.key}", row.zone, row.cidr)
            for row in subnets.plan("10.30.0.0/16", [f"us-east-1{letter}" for letter in "abc"])
        }
        made = {
            (each.name, each.inputs["availabilityZone"], each.inputs["cidrBlock"])
            for each in prod.of_type(SUBNET)
        }
        assert made == planned, "the plan is not what is made"


def tables(recording: Recording) -> dict[str, list[Resource]]:
    """Routes by the role of their table: `public`, `private-a`, `database`."""
    prefix = recording.of_type("pulumi:providers:aws")[0].name
    return {
        table.name.removeprefix(f"{prefix}-"): [
            each for each in recording.of_type(ROUTE) if each.parent == table.urn
        ]
        for table in recording.of_type(TABLE)
    }


def source(recording: Recording, resource: Resource, key: str) -> Resource:
    """The one resource that an argument comes from."""
    (urn,) = {urn for urn in resource.property_dependencies[key] if recording.by_urn[urn].custom}
    return recording.by_urn[urn]


class TestTheWayOut:
    """Tasks fetch images and speak to AWS; nobody speaks to them but the balancer."""

    def test_is_a_gateway_in_each_zone_of_prod(self, prod: Recording) -> None:
        zones = {
            source(prod, each, "subnetId").inputs["availabilityZone"] for each in prod.of_type(NAT)
        }
        assert zones == {"us-east-1a", "us-east-1b", "us-east-1c"}, (
            "one zone's loss stops the others"
        )
        for role in ("private-a", "private-b", "private-c"):
            (route,) = tables(prod)[role]
            assert source(prod, route, "natGatewayId").name.endswith(f"nat-{role[-1]}"), (
                "traffic crosses zones, and costs"
            )

    def test_is_one_gateway_for_all_zones_where_the_settings_say_so(self, rich: Recording) -> None:
        assert [each.name for each in rich.of_type(NAT)] == ["flaskapp-prod-nat-a"], "too many paid"
        for role in ("private-a", "private-b", "private-c"):
            (route,) = tables(rich)[role]
            assert source(rich, route, "natGatewayId").name.endswith("nat-a"), (
                f"{role} has no way out"
            )

    def test_is_closed_where_the_settings_say_none(self, bare: Recording) -> None:
        assert not bare.of_type(NAT), "an address that nobody asked for, and its price"
        assert not bare.of_type(EIP)
        assert not [role for role, routes in tables(bare).items() if role != "public" and routes], (
            "tasks could reach the internet"
        )

    @pytest.mark.parametrize("stack", ["prod", "staging"])
    def test_never_leads_out_of_the_databases_subnets(self, stack: str) -> None:
        recording = plan(stack=stack)
        assert tables(recording)["database"] == [], "data could leave"
        table = recording.named(
            f"{recording.of_type(VPC)[0].name.removesuffix('-vpc')}-database", TABLE
        )
        joined = [each for each in recording.of_type(ASSOCIATION) if each.parent == table.urn]
        count = len([each for each in recording.of_type(SUBNET) if "database" in each.name])
        assert len(joined) == count, (
            "a subnet without a table of its own follows the VPC's main one"
        )

    def test_of_public_subnets_is_the_internet_gateway(self, prod: Recording) -> None:
        (route,) = tables(prod)["public"]
        assert source(prod, route, "gatewayId").type == GATEWAY, "the balancer answers nobody"
        assert route.inputs["destinationCidrBlock"] == "0.0.0.0/0"

    def test_every_subnet_has_exactly_one_table(self, prod: Recording) -> None:
        joined = [source(prod, each, "subnetId").name for each in prod.of_type(ASSOCIATION)]
        assert sorted(joined) == sorted(each.name for each in prod.of_type(SUBNET)), (
            "a subnet follows the VPC's main table, which has no routes"
        )

    def test_outlives_what_uses_it(self, prod: Recording) -> None:
        for kind in (NAT, EIP, LOAD_BALANCER):
            for each in prod.of_type(kind):
                assert f"{GATEWAY} flaskapp-prod-internet" in waits_for(prod, each), (
                    f"{each.label}: a destroy detaches the gateway first and hangs"
                )

    def test_is_open_before_a_task_starts(self, prod: Recording) -> None:
        waited = waits_for(prod, service(prod))
        for route in prod.of_type(ROUTE):
            assert route.label in waited, "the first tasks find no image, and the rollout fails"

    def test_is_open_before_a_task_starts_through_endpoints_too(self, bare: Recording) -> None:
        waited = waits_for(bare, service(bare))
        for endpoint in bare.of_type("aws:ec2/vpcEndpoint:VpcEndpoint"):
            assert endpoint.label in waited, "the first tasks find no image, and the rollout fails"


class TestAddresses:
    """Only the balancer and the NAT gateways have public ones, and bring their own."""

    @pytest.mark.parametrize("stack", ["prod", "staging", "emulated"])
    def test_no_subnet_gives_a_public_address(self, stack: str) -> None:
        given = {each.inputs["mapPublicIpOnLaunch"] for each in plan(stack=stack).of_type(SUBNET)}
        assert given == {False}, "whatever starts there can be reached from the internet"

    def test_tasks_have_none(self, prod: Recording, bare: Recording) -> None:
        for recording in (prod, bare):
            for each in recording.of_type(SERVICE):
                network = each.inputs["networkConfiguration"]
                assert network["assignPublicIp"] is False, (
                    "a task can be reached around the balancer"
                )

    def test_the_network_resolves_names(self, prod: Recording) -> None:
        vpc = prod.only(VPC).inputs
        assert vpc["enableDnsSupport"] is True, "no name has an address"
        assert vpc["enableDnsHostnames"] is True, "endpoints have no names of AWS's"


class TestTheFlowLog:
    """Afterwards nobody can say what went through, unless it was written down."""

    def test_writes_all_traffic_of_the_network_to_the_stacks_group(self, prod: Recording) -> None:
        flow = prod.only(FLOW_LOG)
        assert flow.inputs["trafficType"] == "ALL", "refused traffic is what an attack looks like"
        assert source(prod, flow, "vpcId").type == VPC
        assert flow.inputs["logDestination"].endswith(":/flaskapp-prod/flow"), "it goes elsewhere"
