"""Imports of the provider are quick, and every name is still what it was."""

import subprocess
import sys

import pytest

from planning.plan import ROOT

PROLOGUE = "from planning import lazy_packages; lazy_packages.install(); import sys\n"


def _said(program: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROLOGUE + program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


def test_only_the_module_of_a_resource_is_imported() -> None:
    program = (
        "import pulumi_aws as aws; aws.ec2.Vpc\n"
        "print(len([name for name in sys.modules if name.startswith('pulumi_aws.ec2.')]))"
    )
    assert int(_said(program)) < 10, "a plan would import the 180 modules of EC2"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("aws.ecs.Service", "pulumi_aws.ecs.service"),
        ("aws.ecs.ServiceArgs", "pulumi_aws.ecs.service"),
        ("aws.ecs.ServiceLoadBalancerArgs", "pulumi_aws.ecs._inputs"),
        ("aws.ec2.InstanceType", "pulumi_aws.ec2._enums"),
        ("aws.iam.get_policy_document", "pulumi_aws.iam.get_policy_document"),
        ("aws.iam.get_policy_document_output", "pulumi_aws.iam.get_policy_document"),
    ],
)
def test_names_come_from_where_they_are_defined(name: str, expected: str) -> None:
    assert _said(f"import pulumi_aws as aws; print({name}.__module__)") == expected


def test_a_name_that_does_not_exist_is_told_as_always() -> None:
    program = (
        "import warnings; warnings.simplefilter('ignore')\n"
        "import pulumi_aws as aws\n"
        "try: aws.sns.Topics\n"
        "except AttributeError as error: print(error)"
    )
    assert _said(program) == "module 'pulumi_aws.sns' has no attribute 'Topics'"


def test_a_name_that_no_module_is_called_after_is_found_by_importing_all() -> None:
    program = "import pulumi_aws as aws; print(aws.sns.TopicPolicy, aws.sns.__name__)"
    assert "topic_policy.TopicPolicy" in _said(program)
