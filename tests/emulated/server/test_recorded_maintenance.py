"""A page instead of the application: the real function behind a balancer, and rules before it."""

from __future__ import annotations

import io
import json
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from email.message import Message
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.components.maintenance import HANDLER, RUNTIME
from tests.emulated.server.conftest import Server
from tests.support.releases_table import create_releases_table

pytestmark = pytest.mark.engine
KEY = {"stack": {"S": "maintenance"}, "number": {"N": "1"}}
EVERYBODY: Any = [{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/*"]}}]


@pytest.fixture(scope="module")
def table(server: Server) -> str:
    create_releases_table(server.client("dynamodb"), "paused-releases")
    server.client("dynamodb").put_item(
        TableName="paused-releases",
        Item={**KEY, "page": {"S": "<h1>Back at ten</h1>"}, "retry_after_seconds": {"N": "900"}},
    )
    return "paused-releases"


@pytest.fixture(scope="module")
def function(server: Server, table: str) -> str:
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.write(HANDLER, "handler.py")
    role = server.client("iam").create_role(
        RoleName="paused-maintenance", AssumeRolePolicyDocument="{}"
    )["Role"]["Arn"]
    made = server.client("lambda").create_function(
        FunctionName="paused-maintenance",
        Runtime=RUNTIME,
        Role=role,
        Handler="handler.handler",
        Code={"ZipFile": code.getvalue()},
        Timeout=10,
        Environment={"Variables": {"TABLE_NAME": table, "ITEM_KEY": json.dumps(KEY)}},
    )
    return str(made["FunctionArn"])


@pytest.fixture(scope="module")
def groups(server: Server, function: str) -> dict[str, str]:
    """ARNs of the listener and of two target groups: the application's, which is empty, and the
    function's.
    """
    ec2, elb = server.client("ec2"), server.client("elbv2")
    vpc = ec2.create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.77.0.0/24")["Subnet"]["SubnetId"]
    balancer = elb.create_load_balancer(Name="paused", Subnets=[subnet])["LoadBalancers"][0]
    application = elb.create_target_group(
        Name="paused-web", Protocol="HTTP", Port=8000, VpcId=vpc, TargetType="ip"
    )["TargetGroups"][0]["TargetGroupArn"]
    pause = elb.create_target_group(Name="paused-pause", TargetType="lambda")["TargetGroups"][0]
    elb.register_targets(TargetGroupArn=pause["TargetGroupArn"], Targets=[{"Id": function}])
    listener = elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": application}],
    )["Listeners"][0]["ListenerArn"]
    return {"listener": listener, "web": application, "pause": pause["TargetGroupArn"]}


@pytest.fixture
def paused(server: Server, groups: dict[str, str]) -> Iterator[Any]:
    """The balancer's API, with the page for everybody; no rule afterwards."""
    elb = server.client("elbv2")
    put_rule(elb, groups, 10, EVERYBODY, "pause")
    yield elb
    for rule in elb.describe_rules(ListenerArn=groups["listener"])["Rules"]:
        if not rule["IsDefault"]:
            elb.delete_rule(RuleArn=rule["RuleArn"])


def put_rule(elb: Any, groups: dict[str, str], priority: int, conditions: Any, target: str) -> None:
    elb.create_rule(
        ListenerArn=groups["listener"],
        Priority=priority,
        Conditions=conditions,
        Actions=[{"Type": "forward", "TargetGroupArn": groups[target]}],
    )


def source(*addresses: str) -> Any:
    return [{"Field": "source-ip", "SourceIpConfig": {"Values": list(addresses)}}]


def visit(server: Server) -> tuple[int, Message, str]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.aws_port}/polls",
        headers={"Host": "paused.alb.localhost", "Accept": "text/html"},
    )
    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.urlopen(request)  # noqa: S310 - our own http address
    with raised.value as answer:
        return answer.code, answer.headers, answer.read().decode()


def test_visitors_get_the_page_of_the_table_and_when_to_come_back(
    server: Server, paused: Any
) -> None:
    status, headers, body = visit(server)
    assert (status, body) == (503, "<h1>Back at ten</h1>")
    assert headers["Retry-After"] == "900"


def test_an_address_that_is_let_through_reaches_the_application(
    server: Server, paused: Any, groups: dict[str, str]
) -> None:
    put_rule(paused, groups, 2, source("203.0.113.0/24"), "web")
    assert visit(server)[2] == "<h1>Back at ten</h1>", "the rule is for somebody else"
    put_rule(paused, groups, 1, source("127.0.0.0/8", "::1/128"), "web")
    assert "records" in visit(server)[2], "it is not let through"


def test_a_priority_is_given_once_and_a_rule_has_five_addresses(
    paused: Any, groups: dict[str, str]
) -> None:
    with pytest.raises(ClientError, match="PriorityInUse"):
        put_rule(paused, groups, 10, EVERYBODY, "web")
    with pytest.raises(ClientError, match="only have '5' condition values"):
        put_rule(paused, groups, 1, source(*(f"203.0.113.{n}/32" for n in range(6))), "web")


def test_a_target_group_that_a_rule_uses_is_not_deleted(
    paused: Any, groups: dict[str, str]
) -> None:
    with pytest.raises(ClientError, match="ResourceInUse"):
        paused.delete_target_group(TargetGroupArn=groups["pause"])
