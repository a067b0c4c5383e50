"""The VPC: subnets in named zones, routes, and the way out."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.naming import zone_letter
from infra.subnets import PlannedSubnet


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """What the network takes; `nat_zones` are the zones that get a NAT gateway."""

    cidr: str
    subnets: Sequence[PlannedSubnet]
    nat_zones: Sequence[str]
    protect: bool


class Network(pulumi.ComponentResource):
    """The stack's own network.

    * VPC with DNS, internet gateway, emptied default security group
    * public, private and database subnets in each zone, without public addresses
    * a route table for the public subnets, one per zone for the private ones, one without any
      route to the internet for the databases
    * NAT gateways with their addresses in the zones asked for; none means no way out
    """

    vpc_id: pulumi.Output[str]
    public_subnet_ids: list[pulumi.Output[str]]
    private_subnet_ids: list[pulumi.Output[str]]
    database_subnet_ids: list[pulumi.Output[str]]
    route_table_ids: list[pulumi.Output[str]]
    routes: Sequence[pulumi.Resource]

    def __init__(
        self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("flask-fargate:network:Network", name, None, opts)
        self._name = name
        vpc = self._create_vpc(args.cidr, protect=args.protect)
        # The gateway is detached last: balancer and NAT need it until they are gone
        # [pulumi-aws #1221].
        self.internet_gateway = aws.ec2.InternetGateway(
            f"{name}-internet",
            vpc_id=vpc.id,
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self),
        )
        subnets = {row.key: self._create_subnet(vpc, row) for row in args.subnets}
        tiers = {
            tier: [(row, subnets[row.key]) for row in args.subnets if row.tier == tier]
            for tier in ("public", "private", "database")
        }
        gateways = {
            row.zone: self._create_nat(row.zone, subnet)
            for row, subnet in tiers["public"]
            if row.zone in args.nat_zones
        }
        public = self._create_table(vpc, "public", [subnet for _, subnet in tiers["public"]])
        public_route = self._create_route(public, "public", gateway_id=self.internet_gateway.id)
        private = [
            self._create_private_table(vpc, row, subnet, gateways)
            for row, subnet in tiers["private"]
        ]
        self._create_table(vpc, "database", [subnet for _, subnet in tiers["database"]])
        self.vpc_id = vpc.id
        self.public_subnet_ids = [subnet.id for _, subnet in tiers["public"]]
        self.private_subnet_ids = [subnet.id for _, subnet in tiers["private"]]
        self.database_subnet_ids = [subnet.id for _, subnet in tiers["database"]]
        self.route_table_ids = [public.id, *(table.id for table, _ in private)]
        # Who waits for the component waits for its children, not for theirs: routes stand below
        # their table.
        self.routes = [public_route, *(route for _, route in private if route)]
        self.register_outputs({"vpc_id": self.vpc_id})

    def _create_vpc(self, cidr: str, *, protect: bool) -> aws.ec2.Vpc:
        vpc = aws.ec2.Vpc(
            f"{self._name}-vpc",
            cidr_block=cidr,
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags={"Name": self._name},
            opts=pulumi.ResourceOptions(parent=self, protect=protect),
        )
        # Declared without rules, which empties it.
        aws.ec2.DefaultSecurityGroup(
            f"{self._name}-default",
            vpc_id=vpc.id,
            tags={"Name": f"{self._name}-unused"},
            opts=pulumi.ResourceOptions(parent=self),
        )
        return vpc

    # The parent's protection covers a subnet; what only routes may change, so it hangs elsewhere.
    def _create_subnet(self, vpc: aws.ec2.Vpc, row: PlannedSubnet) -> aws.ec2.Subnet:
        return aws.ec2.Subnet(
            f"{self._name}-{row.key}",
            vpc_id=vpc.id,
            cidr_block=row.cidr,
            availability_zone=row.zone,
            map_public_ip_on_launch=False,
            tags={"Name": f"{self._name}-{row.key}", "Tier": row.tier},
            opts=pulumi.ResourceOptions(parent=vpc),
        )

    def _create_nat(self, zone: str, subnet: aws.ec2.Subnet) -> aws.ec2.NatGateway:
        name = f"{self._name}-nat-{zone_letter(zone)}"
        address = aws.ec2.Eip(
            name,
            domain="vpc",
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.internet_gateway]),
        )
        return aws.ec2.NatGateway(
            name,
            allocation_id=address.id,
            subnet_id=subnet.id,
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=address, depends_on=[self.internet_gateway]),
        )

    def _create_private_table(
        self,
        vpc: aws.ec2.Vpc,
        row: PlannedSubnet,
        subnet: aws.ec2.Subnet,
        gateways: dict[str, aws.ec2.NatGateway],
    ) -> tuple[aws.ec2.RouteTable, aws.ec2.Route | None]:
        table = self._create_table(vpc, row.key, [subnet])
        # A zone without a gateway of its own uses the first one.
        gateway = gateways.get(row.zone) or next(iter(gateways.values()), None)
        if gateway is None:
            return table, None
        return table, self._create_route(table, row.key, nat_gateway_id=gateway.id)

    def _create_table(
        self, vpc: aws.ec2.Vpc, role: str, subnets: Sequence[aws.ec2.Subnet]
    ) -> aws.ec2.RouteTable:
        table = aws.ec2.RouteTable(
            f"{self._name}-{role}",
            vpc_id=vpc.id,
            tags={"Name": f"{self._name}-{role}"},
            opts=pulumi.ResourceOptions(parent=self),
        )
        for subnet in subnets:
            aws.ec2.RouteTableAssociation(
                subnet._name,
                route_table_id=table.id,
                subnet_id=subnet.id,
                opts=pulumi.ResourceOptions(parent=table),
            )
        return table

    def _create_route(
        self,
        table: aws.ec2.RouteTable,
        role: str,
        *,
        gateway_id: pulumi.Input[str] | None = None,
        nat_gateway_id: pulumi.Input[str] | None = None,
    ) -> aws.ec2.Route:
        return aws.ec2.Route(
            f"{self._name}-{role}-internet",
            route_table_id=table.id,
            destination_cidr_block="0.0.0.0/0",
            gateway_id=gateway_id,
            nat_gateway_id=nat_gateway_id,
            opts=pulumi.ResourceOptions(parent=table),
        )
