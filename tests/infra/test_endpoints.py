"""Ways to AWS that need no internet."""

import pytest

from planning.recording import Recording
from tests.support.tokens import SUBNET

ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
TABLE = "aws:ec2/routeTable:RouteTable"


class TestTheGatewayToS3:
    """It costs nothing and carries image layers past the NAT gateway."""

    @pytest.mark.parametrize("shape", ["prod", "staging", "bare", "rich"])
    def test_is_always_there(self, shape: str, request: pytest.FixtureRequest) -> None:
        recording: Recording = request.getfixturevalue(shape)
        found = [
            each
            for each in recording.of_type(ENDPOINT)
            if each.inputs["vpcEndpointType"] == "Gateway"
        ]
        assert [each.inputs["serviceName"] for each in found] == ["com.amazonaws.us-east-1.s3"], (
            "every layer of every image is paid for at the NAT gateway, or not found without one"
        )

    def test_serves_tasks_in_every_zone_and_not_the_databases(self, prod: Recording) -> None:
        gateway = prod.named("flaskapp-prod-s3", ENDPOINT)
        served = {
            prod.by_urn[urn].name
            for urn in gateway.property_dependencies["routeTableIds"]
            if prod.by_urn[urn].type == TABLE
        }
        assert {f"flaskapp-prod-private-{zone}" for zone in "abc"} <= served, (
            "a zone pays for layers"
        )
        assert "flaskapp-prod-database" not in served, "the databases have a way out"


class TestInterfaces:
    """Without a NAT gateway they are what a task starts and runs by."""

    NEEDED = ("ecr.api", "ecr.dkr", "logs", "secretsmanager", "ssmmessages")

    def test_are_made_where_there_is_no_way_out(self, bare: Recording) -> None:
        services = {
            each.inputs["serviceName"].removeprefix("com.amazonaws.us-east-1."): each
            for each in bare.of_type(ENDPOINT)
        }
        assert set(services) == {"s3", *self.NEEDED}, "a task does not start, or does not log"
        private = {each.urn for each in bare.of_type(SUBNET) if "-private-" in each.name}
        for service in self.NEEDED:
            endpoint = services[service]
            assert endpoint.inputs["privateDnsEnabled"] is True, "tasks ask the public address"
            urns = set(endpoint.property_dependencies["subnetIds"])
            assert private <= urns, "a zone has no endpoint"
            groups = {
                bare.by_urn[urn].name for urn in endpoint.property_dependencies["securityGroupIds"]
            }
            assert "flaskapp-prod-endpoints" in groups, "nobody may speak to it"

    @pytest.mark.parametrize("shape", ["prod", "staging", "rich"])
    def test_are_not_paid_for_where_there_is_one(
        self, shape: str, request: pytest.FixtureRequest
    ) -> None:
        recording: Recording = request.getfixturevalue(shape)
        assert len(recording.of_type(ENDPOINT)) == 1, "each costs as much as a small task"
