"""What the provider or AWS would refuse about one resource, each once."""

import dataclasses
import json
from typing import Any

import pytest

from planning.provider_check import problems
from planning.recording import UNKNOWN
from planning.resource import Resource
from tests.support import tokens
from tests.support.stacks import plan_of


def _changed(token: str, inputs: dict[str, Any], name: str | None = None) -> Resource:
    resource = plan_of("prod").recording.of_type(token)[0]
    return dataclasses.replace(
        resource, inputs={**resource.inputs, **inputs}, name=name or resource.name
    )


def _without(token: str, key: str) -> Resource:
    resource = plan_of("prod").recording.of_type(token)[0]
    kept = {name: value for name, value in resource.inputs.items() if name != key}
    return dataclasses.replace(resource, inputs=kept)


def _container(**fields: Any) -> Resource:
    task = plan_of("prod").recording.of_type(tokens.TASK_DEFINITION)[0]
    containers = json.loads(task.inputs["containerDefinitions"])
    containers[0] |= fields
    return _changed(tokens.TASK_DEFINITION, {"containerDefinitions": json.dumps(containers)})


def _policy(**fields: Any) -> Resource:
    right = {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [{**right, **fields}]}
    return _changed(tokens.ROLE_POLICY, {"policy": json.dumps(document)})


WRONG: dict[str, tuple[Any, str]] = {
    "an argument that does not exist": (
        lambda: _changed(tokens.VPC, {"enableDnsHostname": True}),
        "enableDnsHostname: there is no such argument; did you mean enableDnsHostnames?",
    ),
    "a nested argument that does not exist": (
        lambda: _changed(tokens.TARGET_GROUP, {"healthCheck": {"path": "/", "intervall": 5}}),
        "healthCheck.intervall: there is no such argument",
    ),
    "a missing argument": (
        lambda: _without(tokens.SUBNET, "vpcId"),
        "vpcId: missing, and it is required",
    ),
    "a missing nested argument": (
        lambda: _changed(tokens.SERVICE, {"loadBalancers": [{"containerName": "web"}]}),
        "loadBalancers[0].containerPort: missing",
    ),
    "text for a number": (
        lambda: _changed(tokens.SERVICE, {"desiredCount": "two"}),
        "desiredCount: 'two' given, a whole number allowed",
    ),
    "a number for a switch": (
        lambda: _changed(tokens.INSTANCE, {"multiAz": 1}),
        "multiAz: 1 given, true or false allowed",
    ),
    "one value for a list": (
        lambda: _changed(tokens.LOAD_BALANCER, {"subnets": "subnet-1"}),
        "subnets: 'subnet-1' given, a list allowed",
    ),
    "a value that is not one of the allowed": (
        lambda: _changed(tokens.FLOW_LOG, {"trafficType": "EVERYTHING"}),
        "trafficType: 'EVERYTHING' given, one of ACCEPT, REJECT, ALL allowed",
    ),
    "a nested value that is not one of the allowed": (
        lambda: _changed(tokens.TASK_DEFINITION, {"runtimePlatform": {"cpuArchitecture": "ARM"}}),
        "did you mean ARM64?",
    ),
    "a number out of range by the description": (
        lambda: _changed(tokens.TARGET_GROUP, {"healthCheck": {"path": "/", "interval": 4}}),
        "healthCheck.interval: 4 given, 5 to 300 allowed",
    ),
    "a number out of range by the reference": (
        lambda: _changed(tokens.INSTANCE, {"backupRetentionPeriod": 60}),
        "backupRetentionPeriod: 60 given, 0 to 35 allowed",
    ),
    "days that the log service does not have": (
        lambda: _changed(tokens.LOG_GROUP, {"retentionInDays": 45}),
        "retentionInDays: 45 given, one of",
    ),
    "a window of a wrong form": (
        lambda: _changed(tokens.INSTANCE, {"maintenanceWindow": "sunday 4 am"}),
        "maintenanceWindow: 'sunday 4 am' given, the form",
    ),
    "a range that is no range": (
        lambda: _changed(tokens.VPC, {"cidrBlock": "10.0.0.0/8"}),
        "cidrBlock: '10.0.0.0/8' given",
    ),
    "a balancer's name that is too long with Pulumi's suffix": (
        lambda: _changed(tokens.LOAD_BALANCER, {}, name="a-name-of-twenty-five-let"),
        "has 33 characters, 32 allowed; shorten it to at most 24 without the suffix",
    ),
    "a given name that is too long": (
        lambda: _changed(tokens.INSTANCE, {"identifier": "a" * 64}),
        "has 64 characters, 63 allowed",
    ),
    "a name with characters that the service refuses": (
        lambda: _changed(tokens.REPOSITORY, {"name": "Upper_Case"}),
        "name: 'Upper_Case' given, the form",
    ),
    "a description with characters that the service refuses": (
        lambda: _changed(tokens.SECURITY_GROUP, {"name": "sg-mine"}),
        "name: 'sg-mine'",
    ),
    "a prefix that leaves no room for what is added": (
        lambda: _changed(tokens.LOAD_BALANCER, {"namePrefix": "flaskapp"}),
        "32 allowed",
    ),
    "containers that are not JSON": (
        lambda: _changed(tokens.TASK_DEFINITION, {"containerDefinitions": "[{'name': 'web'}]"}),
        "containerDefinitions: not JSON",
    ),
    "a field of a container that does not exist": (
        lambda: _container(readOnlyRootFilesystem=True),
        "readOnlyRootFilesystem: there is no such field; did you mean readonlyRootFilesystem?",
    ),
    "a field of a container of a wrong kind": (
        lambda: _container(environment={"PORT": "8000"}),
        "environment: {'PORT': '8000'} given, a list allowed",
    ),
    "a secret of a container without its source": (
        lambda: _container(secrets=[{"name": "PASSWORD"}]),
        "secrets[0].valueFrom: missing",
    ),
    "a number as the value of a variable": (
        lambda: _container(environment=[{"name": "PORT", "value": 8000}]),
        "environment[0].value: 8000 given, a string allowed",
    ),
    "a log driver that does not exist": (
        lambda: _container(logConfiguration={"logDriver": "cloudwatch"}),
        "logDriver: 'cloudwatch' given, one of",
    ),
    "a policy that is not JSON": (
        lambda: _changed(tokens.ROLE_POLICY, {"policy": "allow everything"}),
        "policy: not JSON",
    ),
    "a policy of the old version": (
        lambda: _changed(
            tokens.ROLE_POLICY, {"policy": json.dumps({"Version": "2008-10-17", "Statement": []})}
        ),
        "Version: '2008-10-17' given",
    ),
    "an effect in small letters": (
        lambda: _policy(Effect="allow"),
        "Effect: 'allow' given, Allow or Deny allowed",
    ),
    "an action that does not exist": (
        lambda: _policy(Action=["ecr:GetAuthorisationToken"]),
        "'ecr:GetAuthorisationToken': the service has no such action",
    ),
    "an action without a service": (
        lambda: _policy(Action="GetObject"),
        "'GetObject' given, `service:Operation` allowed",
    ),
    "a statement with an element that does not exist": (
        lambda: _policy(Resources="*"),
        "Resources: there is no such element",
    ),
    "a resource that is not an ARN": (
        lambda: _policy(Resource="my-bucket"),
        "Resource: 'my-bucket' given, an ARN or * allowed",
    ),
    "a condition that does not exist": (
        lambda: _policy(Condition={"StringEqual": {"aws:SourceAccount": "1"}}),
        "Condition.StringEqual: there is no such operator",
    ),
    "a principal in a role's own policy": (
        lambda: _policy(Principal={"AWS": "*"}),
        "Principal: a role's own policy names none",
    ),
    "trust in nobody": (
        lambda: _changed(
            tokens.ROLE,
            {
                "assumeRolePolicy": json.dumps(
                    {
                        "Version": "2012-10-17",
                        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}],
                    }
                )
            },
        ),
        "Principal: missing",
    ),
    "a tag that AWS keeps to itself": (
        lambda: _changed(tokens.VPC, {"tags": {"aws:name": "x"}}),
        "tags.aws:name: reserved for AWS",
    ),
    "a tag with characters that AWS refuses": (
        lambda: _changed(tokens.VPC, {"tags": {"Name": "a#b"}}),
        "tags.Name: 'a#b' given",
    ),
    "a way to pay that a table has not": (
        lambda: _changed(tokens.TABLE, {"billingMode": "ON_DEMAND"}),
        "billingMode: 'ON_DEMAND' given, one of PROVISIONED, PAY_PER_REQUEST allowed",
    ),
    "a key of a table of a kind that there is not": (
        lambda: _changed(tokens.TABLE, {"attributes": [{"name": "stack", "type": "TEXT"}]}),
        "attributes.type: 'TEXT' given, one of S, N, B allowed",
    ),
    "a table's name that is too short": (
        lambda: _changed(tokens.TABLE, {"name": "ab"}),
        "name: 'ab' (given) given, the form",
    ),
    "an item with a value of a kind that there is not": (
        lambda: _changed(tokens.TABLE_ITEM, {"item": '{"stack": {"TEXT": "gates"}}'}),
        "item.stack.TEXT: there is no such field",
    ),
    "an item that is not in DynamoDB's form": (
        lambda: _changed(tokens.TABLE_ITEM, {"item": '{"stack": "gates"}'}),
        "item.stack: 'gates' given, a structure allowed",
    ),
    "a type that no package has": (
        lambda: dataclasses.replace(
            plan_of("prod").recording.of_type(tokens.VPC)[0], type="aws:ec2/vpc:Network"
        ),
        "no installed package has a resource type aws:ec2/vpc:Network",
    ),
}


@pytest.mark.parametrize("sort", WRONG)
def test_a_wrong_resource_is_refused(sort: str) -> None:
    make, expected = WRONG[sort]
    found = problems(make())
    assert any(expected in line for line in found), f"{sort} would be found by AWS; {found}"


def test_what_is_not_known_yet_is_not_refused() -> None:
    unknown = _changed(tokens.INSTANCE, {"kmsKeyId": UNKNOWN, "engineVersion": UNKNOWN})
    assert problems(unknown) == []


def test_a_policy_that_is_right_passes() -> None:
    assert problems(_policy()) == []
