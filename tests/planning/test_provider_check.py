"""What the provider or AWS would refuse is found before anything is created."""

import dataclasses
import json
from typing import Any

import pytest

from planning.mapping import TABLE
from planning.name_check import NAME_LIMITS, is_named
from planning.provider_check import problems
from planning.recording import UNKNOWN, Recording
from planning.resource import Resource
from planning.service_check import unmatched
from tests.infra import planned
from tests.support import tokens
from tests.support.stacks import NAMES, plan_of

# Types that no API description covers: their arguments are checked by type alone.
UNCOVERED = {"docker:index/image:Image"}
# Types with a name of their own that is no name in AWS: a record's is a domain, and so on.
WITHOUT_NAME_LIMIT = {"aws:route53/record:Record"}


# The stacks as they are, and prod with everything off or on that can be.
SHAPES = (*NAMES, "bare", "rich")


def _shape(name: str, *, unknowns: bool = False) -> Recording:
    changes = {"bare": planned.BARE, "rich": planned.RICH}.get(name)
    return planned.plan(changes, "prod" if changes else name, unknowns=unknowns)


@pytest.mark.parametrize("shape", SHAPES)
class TestRightResources:
    """The stacks of this project pass; whatever is not looked at is listed by name."""

    def test_nothing_is_refused(self, shape: str) -> None:
        refused = {
            resource.label: found
            for resource in _shape(shape).resources
            if (found := problems(resource))
        }
        assert not refused, "a deployment would stop half way"

    def test_a_first_preview_is_not_refused_for_what_it_cannot_know(self, shape: str) -> None:
        refused = [
            (resource.label, found)
            for resource in _shape(shape, unknowns=True).resources
            if (found := problems(resource))
        ]
        assert not refused

    def test_every_type_is_mapped_to_its_operations(self, shape: str) -> None:
        types = {resource.type for resource in _shape(shape).custom}
        assert not types - TABLE.keys(), "these would be checked by their types alone"

    def test_only_known_types_have_no_operation(self, shape: str) -> None:
        types = {resource.type for resource in _shape(shape).custom}
        assert {token for token in types if not TABLE[token].bindings} <= UNCOVERED

    def test_every_argument_is_matched_or_known_as_the_provider_s_own(self, shape: str) -> None:
        missed = {
            (resource.type, path)
            for resource in _shape(shape).custom
            for path in unmatched(resource)
        }
        assert not missed, "their values would not be compared with anything"

    def test_every_type_with_a_name_has_a_limit_for_it(self, shape: str) -> None:
        named = {resource.type for resource in _shape(shape).custom if is_named(resource.type)}
        assert named - NAME_LIMITS.keys() <= WITHOUT_NAME_LIMIT, (
            "a name that is too long would be found by AWS"
        )


def test_every_operation_and_member_of_the_table_exists() -> None:
    for token, entry in TABLE.items():
        for binding in entry.bindings:
            assert binding.start["type"] in {"structure", "list"}, token
            for member in binding.members.values():
                if member.startswith("/"):
                    assert binding.model.at(binding.request, member[1:]), token


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
    task = plan_of("prod").recording.only(tokens.TASK_DEFINITION)
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
