"""The plan as Terraform: every resource, its nested blocks, its references, nothing left out."""

import pulumi
import pytest
from pulumi_aws.ec2.security_group import SecurityGroup
from pulumi_aws.ec2.subnet import Subnet
from pulumi_aws.ec2.vpc import Vpc
from pulumi_aws.ecr.repository import Repository
from pulumi_aws.iam.role import Role
from pulumi_aws.kms.key import Key
from pulumi_aws.lb.target_group import TargetGroup
from pulumi_aws.secretsmanager.secret import Secret
from pulumi_aws.sqs.redrive_policy import RedrivePolicy

from planning.checkov import recorded
from planning.export import hcl
from planning.export.references import address
from planning.export.terraform import export, text
from planning.export.types import TERRAFORM_TYPES, UnknownTypeError, block_name
from planning.wire import UNKNOWN
from tests.support.stacks import NAMES


def small_program() -> None:
    vpc = Vpc("net-vpc", cidr_block="10.0.0.0/16", tags={"Name": "net"})
    Subnet("net-a", vpc_id=vpc.id, cidr_block="10.0.0.0/20")
    key = Key("data", enable_key_rotation=True)
    Repository(
        "web",
        name="web",
        encryption_configurations=[{"encryption_type": "KMS", "kms_key": key.arn}],
    )
    TargetGroup(
        "web",
        port=8000,
        protocol="HTTP",
        health_check={"path": "/livez", "interval": 5},
        opts=pulumi.ResourceOptions(delete_before_replace=True, protect=True),
    )
    Role(
        "task",
        assume_role_policy=pulumi.Output.json_dumps(
            {"Version": "2012-10-17", "Statement": [{"Condition": {"Bool": {"x": key.arn}}}]}
        ),
    )
    Secret("literal", description="costs ${not a reference} and %{this}")


@pytest.fixture(scope="module")
def written() -> str:
    return export(small_program, stack="test")


class TestText:
    def test_a_reference_stands_without_quotes(self, written: str) -> None:
        assert "  vpc_id = aws_vpc.net_vpc.id" in written.splitlines(), (
            "checks of what is attached to what would find nothing"
        )

    def test_a_reference_within_json_is_interpolated(self, written: str) -> None:
        assert '{\\"x\\": \\"${aws_kms_key.data.arn}\\"}' in written

    def test_a_repeated_block_is_singular_and_nested(self, written: str) -> None:
        assert "  encryption_configuration {\n" in written
        assert "    kms_key = aws_kms_key.data.arn\n" in written

    def test_a_single_block_keeps_its_name(self, written: str) -> None:
        assert "  health_check {\n    interval = 5\n" in written

    def test_tags_are_a_mapping_and_no_block(self, written: str) -> None:
        assert '  tags = {\n    "Name" = "net"\n  }' in written

    def test_what_looks_like_a_reference_but_is_text_is_escaped(self, written: str) -> None:
        assert '"costs $${not a reference} and %%{this}"' in written

    def test_replacement_and_protection_are_those_of_pulumi(self, written: str) -> None:
        group = written[written.index('"aws_lb_target_group"') :]
        assert "create_before_destroy = false" in group[: group.index("\n}\n")]
        assert "prevent_destroy = true" in group[: group.index("\n}\n")]
        assert "create_before_destroy = true" in written[: written.index('"aws_lb_target_group"')]

    def test_values_have_their_kind(self) -> None:
        assert hcl.expression(True) == "true"
        assert hcl.expression(3) == "3"
        assert hcl.expression(["a", "${aws_vpc.b.id}"]) == '["a", aws_vpc.b.id]'
        assert hcl.expression(None) == "null"

    @pytest.mark.parametrize(
        ("key", "name"),
        [
            ("rules", "rule"),
            ("capacityProviderStrategies", "capacity_provider_strategy"),
            ("redactedFields", "redacted_fields"),
            ("aliases", "alias"),
        ],
    )
    def test_block_names_are_terraform_s(self, key: str, name: str) -> None:
        assert block_name(key, repeated=True) == name


class TestCompleteness:
    def test_a_type_without_a_decision_is_an_error(self) -> None:
        with pytest.raises(UnknownTypeError, match="RedrivePolicy has no Terraform type yet"):
            export(lambda: RedrivePolicy("a", queue_url="b", redrive_policy="{}"), stack="test")

    def test_two_resources_with_one_address_are_an_error(self) -> None:
        def program() -> None:
            vpc = Vpc("net")
            SecurityGroup("web")
            SecurityGroup("web", opts=pulumi.ResourceOptions(parent=vpc))

        with pytest.raises(ValueError, match="two aws_security_group are named 'web'"):
            export(program, stack="test")

    @pytest.mark.parametrize("stack", NAMES)
    def test_every_resource_of_a_stack_is_written(self, stack: str) -> None:
        recording = recorded(stack)
        content = text(recording)
        expected = [item for item in recording.custom if TERRAFORM_TYPES[item.type]]
        assert content.count('\nresource "') + content.startswith("resource") == len(expected)
        for resource in expected:
            kind, _, label = address(resource).partition(".")
            assert f'resource "{kind}" "{label}" {{' in content, "it would never be scanned"

    @pytest.mark.parametrize("stack", NAMES)
    def test_nothing_made_up_is_left_in_a_stack(self, stack: str) -> None:
        content = text(recorded(stack))
        assert repr(UNKNOWN) not in content
        for made_up in ("-vpcId", "vpc-0", "subnet-0", "sg-0"):
            assert f'"{made_up}' not in content, "a reference was lost on the way"
