"""Classes of the provider's package by a resource's token."""

import pulumi_aws as aws
import pytest

from planning.provider_types import arguments_class, resource_class


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("aws:ec2/vpc:Vpc", aws.ec2.Vpc),
        # Python has a word of that name.
        ("aws:lambda/function:Function", aws.lambda_.Function),
        ("aws:lb/targetGroup:TargetGroup", aws.lb.TargetGroup),
    ],
)
def test_a_resource_has_its_class_and_arguments(token: str, expected: type) -> None:
    assert resource_class(token) is expected
    assert arguments_class(token) is not None, "its arguments are checked by nobody"


def test_what_no_package_ships_has_none() -> None:
    assert resource_class("aws:lambda/functions:Function") is None
    assert resource_class("flask-fargate:task:Task") is None
